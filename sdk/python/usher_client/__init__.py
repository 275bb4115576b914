"""A client of usher, the user management API."""

from .answers import Refusal, granted, pages
from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
    "Refusal",
    "granted",
    "pages",
)

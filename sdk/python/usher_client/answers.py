"""Responses of operations: the representation or the error, and the pages of a list."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import TypeVar, cast

from .client import AuthenticatedClient
from .models import AuditEventPage, FactorPage, OAuthError, Problem, SessionPage, UserPage
from .types import Unset

T = TypeVar("T")
Page = TypeVar("Page", AuditEventPage, FactorPage, SessionPage, UserPage)


class Refusal(Exception):
    """The reason why the service refused a request."""

    def __init__(self, reason: Problem | OAuthError) -> None:
        super().__init__(reason.error_description if isinstance(reason, OAuthError) else reason.detail)
        self.reason = reason

    @property
    def oauth(self) -> OAuthError | None:
        """The error of a sign-in, of which `mfa_required` has `mfa_token` and `mfa_methods`; None if this is a problem."""
        return self.reason if isinstance(self.reason, OAuthError) else None

    @property
    def code(self) -> str:
        """The stable code, for programs: that of the problem, or of the OAuth error."""
        return self.reason.error if isinstance(self.reason, OAuthError) else self.reason.code


def granted(answer: T | Problem | OAuthError | None) -> T:
    """The requested representation, or None if the operation returns nothing.

    Clients made with ``raise_on_unexpected_status=True`` raise ``UnexpectedStatus`` for what the API does not document; others
    answer None then too.

    Raises:
        Refusal: If the service has not done what it was asked for.
    """
    if isinstance(answer, Problem | OAuthError):
        raise Refusal(answer)
    return cast("T", answer)


def pages(client: AuthenticatedClient, page: Page) -> Iterator[Page]:
    """The page and all that follow, through their `next` links.

    Raises:
        Refusal: If the service does not answer with a page.
    """
    http = client.get_httpx_client()
    while True:
        yield page
        following = page.hal_links.next_
        if isinstance(following, Unset):
            return
        response = http.get(http.base_url.join(following.href))
        if response.status_code != HTTPStatus.OK:
            raise Refusal(Problem.from_dict(response.json()))
        page = type(page).from_dict(response.json())

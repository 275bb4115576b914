from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.scope import Scope
from ..types import UNSET, Unset

T = TypeVar("T", bound="ApiKeyCreation")


@_attrs_define
class ApiKeyCreation:
    """The API key to create."""

    name: str
    """ What the key is called """
    scopes: list[Scope]
    """ What the key allows; only what you may do yourself now. Include what each scope requires """
    expires_at: datetime.datetime | Unset = UNSET
    """ When the key expires, in RFC 3339 with a time zone, such as 2027-01-02T03:04:05Z; in 90 days if absent, and
    at most in a year if the operator has set no other limit. `null` counts as absent. """
    current_password: str | Unset = UNSET
    """ The current password. It need not be sent, and is verified if it is. `null` counts as absent. """

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        scopes = []
        for scopes_item_data in self.scopes:
            scopes_item = scopes_item_data.value
            scopes.append(scopes_item)

        expires_at: str | Unset = UNSET
        if not isinstance(self.expires_at, Unset):
            expires_at = self.expires_at.isoformat()

        current_password = self.current_password

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "scopes": scopes,
            }
        )
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at
        if current_password is not UNSET:
            field_dict["current_password"] = current_password

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        scopes = []
        _scopes = d.pop("scopes")
        for scopes_item_data in _scopes:
            scopes_item = Scope(scopes_item_data)

            scopes.append(scopes_item)

        _expires_at = d.pop("expires_at", UNSET)
        expires_at: datetime.datetime | Unset
        if isinstance(_expires_at, Unset):
            expires_at = UNSET
        else:
            expires_at = datetime.datetime.fromisoformat(_expires_at)

        current_password = d.pop("current_password", UNSET)

        api_key_creation = cls(
            name=name,
            scopes=scopes,
            expires_at=expires_at,
            current_password=current_password,
        )

        return api_key_creation

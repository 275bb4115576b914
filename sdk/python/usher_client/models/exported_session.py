from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ExportedSession")


@_attrs_define
class ExportedSession:
    """A session as the caller sees it."""

    id: UUID
    """ The session's id, a UUIDv7 (RFC 9562 §5.7); access tokens name it in `sid` """
    created_at: datetime.datetime
    """ The time of sign-in """
    last_used_at: datetime.datetime
    """ The time it last issued an access token """
    user_agent: None | str
    """ The `User-Agent` of the client that signed in """
    address: None | str
    """ The client address at sign-in """
    methods: list[str]
    """ How the user has proved in this session who they are (RFC 8176). `rc`: with a recovery code; `mfa`: with two
    factors """
    authenticated_at: datetime.datetime
    """ When the user last proved it: at sign-in, or by `step-up` """
    current: bool
    """ Whether this request was made in this session """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        created_at = self.created_at.isoformat()

        last_used_at = self.last_used_at.isoformat()

        user_agent: None | str
        user_agent = self.user_agent

        address: None | str
        address = self.address

        methods = self.methods

        authenticated_at = self.authenticated_at.isoformat()

        current = self.current

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "created_at": created_at,
                "last_used_at": last_used_at,
                "user_agent": user_agent,
                "address": address,
                "methods": methods,
                "authenticated_at": authenticated_at,
                "current": current,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        last_used_at = datetime.datetime.fromisoformat(d.pop("last_used_at"))

        def _parse_user_agent(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        user_agent = _parse_user_agent(d.pop("user_agent"))

        def _parse_address(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        address = _parse_address(d.pop("address"))

        methods = cast(list[str], d.pop("methods"))

        authenticated_at = datetime.datetime.fromisoformat(d.pop("authenticated_at"))

        current = d.pop("current")

        exported_session = cls(
            id=id,
            created_at=created_at,
            last_used_at=last_used_at,
            user_agent=user_agent,
            address=address,
            methods=methods,
            authenticated_at=authenticated_at,
            current=current,
        )

        exported_session.additional_properties = d
        return exported_session

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties

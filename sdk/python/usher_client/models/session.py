from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.session_links import SessionLinks
    from ..models.templates import Templates


T = TypeVar("T", bound="Session")


@_attrs_define
class Session:
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
    hal_links: SessionLinks
    """ The operations that the caller may use on this session now. """
    hal_templates: Templates | Unset = UNSET
    """ A form for each unsafe link, by relation; `default` repeats the first (HAL-FORMS). """
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

        hal_links = self.hal_links.to_dict()

        hal_templates: dict[str, Any] | Unset = UNSET
        if not isinstance(self.hal_templates, Unset):
            hal_templates = self.hal_templates.to_dict()

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
                "_links": hal_links,
            }
        )
        if hal_templates is not UNSET:
            field_dict["_templates"] = hal_templates

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.session_links import SessionLinks
        from ..models.templates import Templates

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

        hal_links = SessionLinks.from_dict(d.pop("_links"))

        _hal_templates = d.pop("_templates", UNSET)
        hal_templates: Templates | Unset
        if isinstance(_hal_templates, Unset):
            hal_templates = UNSET
        else:
            hal_templates = Templates.from_dict(_hal_templates)

        session = cls(
            id=id,
            created_at=created_at,
            last_used_at=last_used_at,
            user_agent=user_agent,
            address=address,
            methods=methods,
            authenticated_at=authenticated_at,
            current=current,
            hal_links=hal_links,
            hal_templates=hal_templates,
        )

        session.additional_properties = d
        return session

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

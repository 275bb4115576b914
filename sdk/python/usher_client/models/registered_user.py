from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.status import Status
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.registered_user_links import RegisteredUserLinks
    from ..models.templates import Templates


T = TypeVar("T", bound="RegisteredUser")


@_attrs_define
class RegisteredUser:
    """A user as the caller sees one."""

    id: UUID
    """ The user's id, a UUID; that of an imported user may be of any version """
    username: str
    """ The username """
    email: str
    """ The e-mail address """
    email_verified: bool
    """ Whether the address is verified """
    pending_email: None | str
    """ The new address, until it is verified """
    role: str
    """ The name of a role: `admin`, `user`, or one that was created """
    status: Status
    """ Whether a user may sign in """
    created_at: datetime.datetime
    """ The time of creation """
    updated_at: datetime.datetime
    """ The time of the last change to username, e-mail addresses, role, status or `email_verified` """
    last_login_at: datetime.datetime | None
    """ The time of the last sign-in """
    hal_links: RegisteredUserLinks
    """ The links of a newly registered user. """
    external_id: str | Unset = UNSET
    """ What the user is called in the system that the user was imported from; absent if there is no such id, and
    for callers
    who may not list users """
    hal_templates: Templates | Unset = UNSET
    """ A form for each unsafe link, by relation; `default` repeats the first (HAL-FORMS). """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        username = self.username

        email = self.email

        email_verified = self.email_verified

        pending_email: None | str
        pending_email = self.pending_email

        role = self.role

        status = self.status.value

        created_at = self.created_at.isoformat()

        updated_at = self.updated_at.isoformat()

        last_login_at: None | str
        if isinstance(self.last_login_at, datetime.datetime):
            last_login_at = self.last_login_at.isoformat()
        else:
            last_login_at = self.last_login_at

        hal_links = self.hal_links.to_dict()

        external_id = self.external_id

        hal_templates: dict[str, Any] | Unset = UNSET
        if not isinstance(self.hal_templates, Unset):
            hal_templates = self.hal_templates.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "username": username,
                "email": email,
                "email_verified": email_verified,
                "pending_email": pending_email,
                "role": role,
                "status": status,
                "created_at": created_at,
                "updated_at": updated_at,
                "last_login_at": last_login_at,
                "_links": hal_links,
            }
        )
        if external_id is not UNSET:
            field_dict["external_id"] = external_id
        if hal_templates is not UNSET:
            field_dict["_templates"] = hal_templates

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.registered_user_links import RegisteredUserLinks
        from ..models.templates import Templates

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        username = d.pop("username")

        email = d.pop("email")

        email_verified = d.pop("email_verified")

        def _parse_pending_email(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        pending_email = _parse_pending_email(d.pop("pending_email"))

        role = d.pop("role")

        status = Status(d.pop("status"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        def _parse_last_login_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_login_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_login_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_login_at = _parse_last_login_at(d.pop("last_login_at"))

        hal_links = RegisteredUserLinks.from_dict(d.pop("_links"))

        external_id = d.pop("external_id", UNSET)

        _hal_templates = d.pop("_templates", UNSET)
        hal_templates: Templates | Unset
        if isinstance(_hal_templates, Unset):
            hal_templates = UNSET
        else:
            hal_templates = Templates.from_dict(_hal_templates)

        registered_user = cls(
            id=id,
            username=username,
            email=email,
            email_verified=email_verified,
            pending_email=pending_email,
            role=role,
            status=status,
            created_at=created_at,
            updated_at=updated_at,
            last_login_at=last_login_at,
            hal_links=hal_links,
            external_id=external_id,
            hal_templates=hal_templates,
        )

        registered_user.additional_properties = d
        return registered_user

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

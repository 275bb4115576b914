from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.permission import Permission
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.role_details_links import RoleDetailsLinks
    from ..models.templates import Templates


T = TypeVar("T", bound="RoleDetails")


@_attrs_define
class RoleDetails:
    """A role as the caller sees it."""

    name: str
    """ The name of a role: `admin`, `user`, or one that was created """
    description: str
    """ What the role is for """
    permissions: list[Permission]
    """ What it allows to do to users other than oneself and to the service, sorted """
    reserved: bool
    """ Whether only admins may give it, and act on those who have it """
    built_in: bool
    """ Whether it is `admin` or `user`, which cannot be changed """
    users: int
    """ How many users have it """
    created_at: datetime.datetime
    """ The time of creation """
    updated_at: datetime.datetime
    """ The time of the last change to description, permissions or `reserved` """
    hal_links: RoleDetailsLinks
    """ The operations that the caller may use on this role now. """
    hal_templates: Templates | Unset = UNSET
    """ A form for each unsafe link, by relation; `default` repeats the first (HAL-FORMS). """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        description = self.description

        permissions = []
        for permissions_item_data in self.permissions:
            permissions_item = permissions_item_data.value
            permissions.append(permissions_item)

        reserved = self.reserved

        built_in = self.built_in

        users = self.users

        created_at = self.created_at.isoformat()

        updated_at = self.updated_at.isoformat()

        hal_links = self.hal_links.to_dict()

        hal_templates: dict[str, Any] | Unset = UNSET
        if not isinstance(self.hal_templates, Unset):
            hal_templates = self.hal_templates.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "description": description,
                "permissions": permissions,
                "reserved": reserved,
                "built_in": built_in,
                "users": users,
                "created_at": created_at,
                "updated_at": updated_at,
                "_links": hal_links,
            }
        )
        if hal_templates is not UNSET:
            field_dict["_templates"] = hal_templates

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.role_details_links import RoleDetailsLinks
        from ..models.templates import Templates

        d = dict(src_dict)
        name = d.pop("name")

        description = d.pop("description")

        permissions = []
        _permissions = d.pop("permissions")
        for permissions_item_data in _permissions:
            permissions_item = Permission(permissions_item_data)

            permissions.append(permissions_item)

        reserved = d.pop("reserved")

        built_in = d.pop("built_in")

        users = d.pop("users")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        updated_at = datetime.datetime.fromisoformat(d.pop("updated_at"))

        hal_links = RoleDetailsLinks.from_dict(d.pop("_links"))

        _hal_templates = d.pop("_templates", UNSET)
        hal_templates: Templates | Unset
        if isinstance(_hal_templates, Unset):
            hal_templates = UNSET
        else:
            hal_templates = Templates.from_dict(_hal_templates)

        role_details = cls(
            name=name,
            description=description,
            permissions=permissions,
            reserved=reserved,
            built_in=built_in,
            users=users,
            created_at=created_at,
            updated_at=updated_at,
            hal_links=hal_links,
            hal_templates=hal_templates,
        )

        role_details.additional_properties = d
        return role_details

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

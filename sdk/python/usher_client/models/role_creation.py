from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.permission import Permission
from ..types import UNSET, Unset

T = TypeVar("T", bound="RoleCreation")


@_attrs_define
class RoleCreation:
    """The role to create."""

    name: str
    """ The name of a role: `admin`, `user`, or one that was created """
    permissions: list[Permission]
    """ What it allows; only permissions that you have yourself. Include what each permission requires """
    description: str | Unset = UNSET
    """ What the role is for. `null` counts as absent. """
    reserved: bool | Unset = UNSET
    """ Whether only admins may give it, and act on those who have it (default `false`). `null` counts as absent.
    """

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        permissions = []
        for permissions_item_data in self.permissions:
            permissions_item = permissions_item_data.value
            permissions.append(permissions_item)

        description = self.description

        reserved = self.reserved

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "permissions": permissions,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if reserved is not UNSET:
            field_dict["reserved"] = reserved

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        name = d.pop("name")

        permissions = []
        _permissions = d.pop("permissions")
        for permissions_item_data in _permissions:
            permissions_item = Permission(permissions_item_data)

            permissions.append(permissions_item)

        description = d.pop("description", UNSET)

        reserved = d.pop("reserved", UNSET)

        role_creation = cls(
            name=name,
            permissions=permissions,
            description=description,
            reserved=reserved,
        )

        return role_creation

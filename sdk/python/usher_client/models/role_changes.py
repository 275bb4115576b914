from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.permission import Permission
from ..types import UNSET, Unset

T = TypeVar("T", bound="RoleChanges")


@_attrs_define
class RoleChanges:
    """The fields to change."""

    description: str | Unset = UNSET
    """ What the role is for. `null` counts as absent. """
    permissions: list[Permission] | Unset = UNSET
    """ What it allows; replaces the present permissions. Only permissions that you have yourself. Include what each
    permission requires. `null` counts as absent. """
    reserved: bool | Unset = UNSET
    """ Whether only admins may give it, and act on those who have it. `null` counts as absent. """

    def to_dict(self) -> dict[str, Any]:
        description = self.description

        permissions: list[str] | Unset = UNSET
        if not isinstance(self.permissions, Unset):
            permissions = []
            for permissions_item_data in self.permissions:
                permissions_item = permissions_item_data.value
                permissions.append(permissions_item)

        reserved = self.reserved

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if description is not UNSET:
            field_dict["description"] = description
        if permissions is not UNSET:
            field_dict["permissions"] = permissions
        if reserved is not UNSET:
            field_dict["reserved"] = reserved

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        description = d.pop("description", UNSET)

        _permissions = d.pop("permissions", UNSET)
        permissions: list[Permission] | Unset = UNSET
        if _permissions is not UNSET:
            permissions = []
            for permissions_item_data in _permissions:
                permissions_item = Permission(permissions_item_data)

                permissions.append(permissions_item)

        reserved = d.pop("reserved", UNSET)

        role_changes = cls(
            description=description,
            permissions=permissions,
            reserved=reserved,
        )

        return role_changes

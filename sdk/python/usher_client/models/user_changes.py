from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="UserChanges")


@_attrs_define
class UserChanges:
    """The fields to change."""

    username: str | Unset = UNSET
    """ The username; unique, ignoring case. `null` counts as absent. """
    email: str | Unset = UNSET
    """ The e-mail address; unique, ignoring case. When users change their own address, the new one stays in
    `pending_email` until it is verified. `null` counts as absent. """
    role: str | Unset = UNSET
    """ The name of a role: `admin`, `user`, or one that was created """
    current_password: str | Unset = UNSET
    """ The current password; required to change one's own e-mail address. `null` counts as absent. """

    def to_dict(self) -> dict[str, Any]:
        username = self.username

        email = self.email

        role = self.role

        current_password = self.current_password

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if username is not UNSET:
            field_dict["username"] = username
        if email is not UNSET:
            field_dict["email"] = email
        if role is not UNSET:
            field_dict["role"] = role
        if current_password is not UNSET:
            field_dict["current_password"] = current_password

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        username = d.pop("username", UNSET)

        email = d.pop("email", UNSET)

        role = d.pop("role", UNSET)

        current_password = d.pop("current_password", UNSET)

        user_changes = cls(
            username=username,
            email=email,
            role=role,
            current_password=current_password,
        )

        return user_changes

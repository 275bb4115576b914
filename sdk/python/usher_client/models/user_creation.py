from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="UserCreation")


@_attrs_define
class UserCreation:
    """The user to create."""

    username: str
    """ The username; unique, ignoring case """
    email: str
    """ The e-mail address; unique, ignoring case """
    password: str | Unset = UNSET
    """ The password; if absent, the user chooses one by a mailed link. `null` counts as absent. """
    role: str | Unset = UNSET
    """ The name of a role: `admin`, `user`, or one that was created """

    def to_dict(self) -> dict[str, Any]:
        username = self.username

        email = self.email

        password = self.password

        role = self.role

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "username": username,
                "email": email,
            }
        )
        if password is not UNSET:
            field_dict["password"] = password
        if role is not UNSET:
            field_dict["role"] = role

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        username = d.pop("username")

        email = d.pop("email")

        password = d.pop("password", UNSET)

        role = d.pop("role", UNSET)

        user_creation = cls(
            username=username,
            email=email,
            password=password,
            role=role,
        )

        return user_creation

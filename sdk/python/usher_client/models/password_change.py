from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PasswordChange")


@_attrs_define
class PasswordChange:
    """The current and the new password."""

    current_password: str
    """ The current password """
    new_password: str
    """ The new password, used exactly as sent """
    keep_api_keys: bool | Unset = UNSET
    """ Whether your API keys stay valid (default `false`). `null` counts as absent. """

    def to_dict(self) -> dict[str, Any]:
        current_password = self.current_password

        new_password = self.new_password

        keep_api_keys = self.keep_api_keys

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "current_password": current_password,
                "new_password": new_password,
            }
        )
        if keep_api_keys is not UNSET:
            field_dict["keep_api_keys"] = keep_api_keys

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        current_password = d.pop("current_password")

        new_password = d.pop("new_password")

        keep_api_keys = d.pop("keep_api_keys", UNSET)

        password_change = cls(
            current_password=current_password,
            new_password=new_password,
            keep_api_keys=keep_api_keys,
        )

        return password_change

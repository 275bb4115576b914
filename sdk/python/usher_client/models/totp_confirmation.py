from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="TotpConfirmation")


@_attrs_define
class TotpConfirmation:
    """A code of the authenticator app."""

    code: str
    """ The code that the authenticator app shows now """

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        code = d.pop("code")

        totp_confirmation = cls(
            code=code,
        )

        return totp_confirmation

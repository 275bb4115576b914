from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PasskeyGrant")


@_attrs_define
class PasskeyGrant:
    """A sign-in with a passkey that has verified its user, without a password."""

    grant_type: Literal["urn:usher:grant:passkey"]
    """ The grant type """
    ceremony: str
    """ The ceremony that came with the options """
    credential: str
    """ The answer of the passkey: the text of its JSON (`AuthenticationResponseJSON`) """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        grant_type = self.grant_type

        ceremony = self.ceremony

        credential = self.credential

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "grant_type": grant_type,
                "ceremony": ceremony,
                "credential": credential,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        grant_type = cast(Literal["urn:usher:grant:passkey"], d.pop("grant_type"))
        if grant_type != "urn:usher:grant:passkey":
            raise ValueError(f"grant_type must match const 'urn:usher:grant:passkey', got '{grant_type}'")

        ceremony = d.pop("ceremony")

        credential = d.pop("credential")

        passkey_grant = cls(
            grant_type=grant_type,
            ceremony=ceremony,
            credential=credential,
        )

        passkey_grant.additional_properties = d
        return passkey_grant

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

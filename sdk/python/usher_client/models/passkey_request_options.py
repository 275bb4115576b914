from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.passkey_request_options_public_key import PasskeyRequestOptionsPublicKey


T = TypeVar("T", bound="PasskeyRequestOptions")


@_attrs_define
class PasskeyRequestOptions:
    """A ceremony that has begun, and the options for the client."""

    ceremony: str
    """ Finishes the ceremony, once, within five minutes """
    public_key: PasskeyRequestOptionsPublicKey
    """ The options for the client, in the JSON of Web Authentication (Level 3) """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        ceremony = self.ceremony

        public_key = self.public_key.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "ceremony": ceremony,
                "public_key": public_key,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.passkey_request_options_public_key import PasskeyRequestOptionsPublicKey

        d = dict(src_dict)
        ceremony = d.pop("ceremony")

        public_key = PasskeyRequestOptionsPublicKey.from_dict(d.pop("public_key"))

        passkey_request_options = cls(
            ceremony=ceremony,
            public_key=public_key,
        )

        passkey_request_options.additional_properties = d
        return passkey_request_options

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

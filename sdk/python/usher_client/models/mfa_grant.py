from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="MfaGrant")


@_attrs_define
class MfaGrant:
    """The second step of a sign-in, with `mfa_token` and one of the other parameters."""

    grant_type: Literal["urn:usher:grant:mfa"]
    """ The grant type """
    mfa_token: str
    """ The token from the error `mfa_required` """
    otp: str | Unset = UNSET
    """ A one-time code of an authenticator app """
    recovery_code: str | Unset = UNSET
    """ A recovery code; case, spaces and hyphens do not matter """
    ceremony: str | Unset = UNSET
    """ The ceremony that came with the options """
    credential: str | Unset = UNSET
    """ The answer of the passkey: the text of its JSON (`AuthenticationResponseJSON`) """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        grant_type = self.grant_type

        mfa_token = self.mfa_token

        otp = self.otp

        recovery_code = self.recovery_code

        ceremony = self.ceremony

        credential = self.credential

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "grant_type": grant_type,
                "mfa_token": mfa_token,
            }
        )
        if otp is not UNSET:
            field_dict["otp"] = otp
        if recovery_code is not UNSET:
            field_dict["recovery_code"] = recovery_code
        if ceremony is not UNSET:
            field_dict["ceremony"] = ceremony
        if credential is not UNSET:
            field_dict["credential"] = credential

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        grant_type = cast(Literal["urn:usher:grant:mfa"], d.pop("grant_type"))
        if grant_type != "urn:usher:grant:mfa":
            raise ValueError(f"grant_type must match const 'urn:usher:grant:mfa', got '{grant_type}'")

        mfa_token = d.pop("mfa_token")

        otp = d.pop("otp", UNSET)

        recovery_code = d.pop("recovery_code", UNSET)

        ceremony = d.pop("ceremony", UNSET)

        credential = d.pop("credential", UNSET)

        mfa_grant = cls(
            grant_type=grant_type,
            mfa_token=mfa_token,
            otp=otp,
            recovery_code=recovery_code,
            ceremony=ceremony,
            credential=credential,
        )

        mfa_grant.additional_properties = d
        return mfa_grant

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

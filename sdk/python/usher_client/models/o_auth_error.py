from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="OAuthError")


@_attrs_define
class OAuthError:
    """An error of an OAuth endpoint (RFC 6749 §5.2)."""

    error: str
    """ An error code (RFC 6749 §5.2, RFC 7009 §2.2.1), or `mfa_required`. Known values: `invalid_request`,
    `invalid_client`, `invalid_grant`, `unauthorized_client`, `unsupported_grant_type`, `invalid_scope`,
    `unsupported_token_type`, `mfa_required`; later releases add others. """
    error_description: str
    """ A human-readable explanation. """
    code: str | Unset = UNSET
    """ For an `invalid_grant` in the second step of a sign-in: `wrong_code`; `mfa_token_spent` if the password has
    to be sent
    again; or `no_passkeys` if passkey options are requested for a user who has none. """
    mfa_token: str | Unset = UNSET
    """ For `mfa_required`: continues the sign-in, within five minutes. """
    mfa_methods: list[str] | Unset = UNSET
    """ For `mfa_required`: what the user can prove now. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        error = self.error

        error_description = self.error_description

        code = self.code

        mfa_token = self.mfa_token

        mfa_methods: list[str] | Unset = UNSET
        if not isinstance(self.mfa_methods, Unset):
            mfa_methods = self.mfa_methods

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "error": error,
                "error_description": error_description,
            }
        )
        if code is not UNSET:
            field_dict["code"] = code
        if mfa_token is not UNSET:
            field_dict["mfa_token"] = mfa_token
        if mfa_methods is not UNSET:
            field_dict["mfa_methods"] = mfa_methods

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        error = d.pop("error")

        error_description = d.pop("error_description")

        code = d.pop("code", UNSET)

        mfa_token = d.pop("mfa_token", UNSET)

        mfa_methods = cast(list[str], d.pop("mfa_methods", UNSET))

        o_auth_error = cls(
            error=error,
            error_description=error_description,
            code=code,
            mfa_token=mfa_token,
            mfa_methods=mfa_methods,
        )

        o_auth_error.additional_properties = d
        return o_auth_error

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

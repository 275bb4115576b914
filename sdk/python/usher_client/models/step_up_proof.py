from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.step_up_proof_credential import StepUpProofCredential


T = TypeVar("T", bound="StepUpProof")


@_attrs_define
class StepUpProof:
    """The password and, if you have a second factor, a proof of it; or a passkey that verifies you."""

    password: str | Unset = UNSET
    """ Your password. `null` counts as absent. """
    otp: str | Unset = UNSET
    """ A one-time code of your authenticator app. `null` counts as absent. """
    recovery_code: str | Unset = UNSET
    """ One of your recovery codes; case, spaces and hyphens do not matter. `null` counts as absent. """
    ceremony: str | Unset = UNSET
    """ The ceremony that a passkey has answered. `null` counts as absent. """
    credential: StepUpProofCredential | Unset = UNSET
    """ The answer of the passkey, in the JSON of Web Authentication (`AuthenticationResponseJSON`); needs
    `ceremony`. `null` counts as absent. """

    def to_dict(self) -> dict[str, Any]:
        password = self.password

        otp = self.otp

        recovery_code = self.recovery_code

        ceremony = self.ceremony

        credential: dict[str, Any] | Unset = UNSET
        if not isinstance(self.credential, Unset):
            credential = self.credential.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if password is not UNSET:
            field_dict["password"] = password
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
        from ..models.step_up_proof_credential import StepUpProofCredential

        d = dict(src_dict)
        password = d.pop("password", UNSET)

        otp = d.pop("otp", UNSET)

        recovery_code = d.pop("recovery_code", UNSET)

        ceremony = d.pop("ceremony", UNSET)

        _credential = d.pop("credential", UNSET)
        credential: StepUpProofCredential | Unset
        if isinstance(_credential, Unset):
            credential = UNSET
        else:
            credential = StepUpProofCredential.from_dict(_credential)

        step_up_proof = cls(
            password=password,
            otp=otp,
            recovery_code=recovery_code,
            ceremony=ceremony,
            credential=credential,
        )

        return step_up_proof

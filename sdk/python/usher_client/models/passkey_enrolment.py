from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.passkey_enrolment_credential import PasskeyEnrolmentCredential


T = TypeVar("T", bound="PasskeyEnrolment")


@_attrs_define
class PasskeyEnrolment:
    """The passkey to enrol."""

    ceremony: str
    """ The ceremony that came with the options """
    credential: PasskeyEnrolmentCredential
    """ The new credential, in the JSON of Web Authentication (`RegistrationResponseJSON`) """
    name: str | Unset = UNSET
    """ What the passkey is called. `null` counts as absent. """

    def to_dict(self) -> dict[str, Any]:
        ceremony = self.ceremony

        credential = self.credential.to_dict()

        name = self.name

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ceremony": ceremony,
                "credential": credential,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.passkey_enrolment_credential import PasskeyEnrolmentCredential

        d = dict(src_dict)
        ceremony = d.pop("ceremony")

        credential = PasskeyEnrolmentCredential.from_dict(d.pop("credential"))

        name = d.pop("name", UNSET)

        passkey_enrolment = cls(
            ceremony=ceremony,
            credential=credential,
            name=name,
        )

        return passkey_enrolment

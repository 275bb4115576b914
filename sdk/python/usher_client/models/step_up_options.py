from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.step_up_options_links import StepUpOptionsLinks
    from ..models.step_up_options_public_key import StepUpOptionsPublicKey
    from ..models.templates import Templates


T = TypeVar("T", bound="StepUpOptions")


@_attrs_define
class StepUpOptions:
    """A ceremony that has begun, and the options for the client."""

    ceremony: str
    """ Finishes the ceremony, once, within five minutes """
    public_key: StepUpOptionsPublicKey
    """ The options for the client, in the JSON of Web Authentication (Level 3) """
    hal_links: StepUpOptionsLinks
    """ The operation that finishes the ceremony. """
    hal_templates: Templates | Unset = UNSET
    """ A form for each unsafe link, by relation; `default` repeats the first (HAL-FORMS). """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        ceremony = self.ceremony

        public_key = self.public_key.to_dict()

        hal_links = self.hal_links.to_dict()

        hal_templates: dict[str, Any] | Unset = UNSET
        if not isinstance(self.hal_templates, Unset):
            hal_templates = self.hal_templates.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "ceremony": ceremony,
                "public_key": public_key,
                "_links": hal_links,
            }
        )
        if hal_templates is not UNSET:
            field_dict["_templates"] = hal_templates

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.step_up_options_links import StepUpOptionsLinks
        from ..models.step_up_options_public_key import StepUpOptionsPublicKey
        from ..models.templates import Templates

        d = dict(src_dict)
        ceremony = d.pop("ceremony")

        public_key = StepUpOptionsPublicKey.from_dict(d.pop("public_key"))

        hal_links = StepUpOptionsLinks.from_dict(d.pop("_links"))

        _hal_templates = d.pop("_templates", UNSET)
        hal_templates: Templates | Unset
        if isinstance(_hal_templates, Unset):
            hal_templates = UNSET
        else:
            hal_templates = Templates.from_dict(_hal_templates)

        step_up_options = cls(
            ceremony=ceremony,
            public_key=public_key,
            hal_links=hal_links,
            hal_templates=hal_templates,
        )

        step_up_options.additional_properties = d
        return step_up_options

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

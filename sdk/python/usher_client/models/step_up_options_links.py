from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.link import Link


T = TypeVar("T", bound="StepUpOptionsLinks")


@_attrs_define
class StepUpOptionsLinks:
    """The operation that finishes the ceremony."""

    step_up: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        step_up: dict[str, Any] | Unset = UNSET
        if not isinstance(self.step_up, Unset):
            step_up = self.step_up.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if step_up is not UNSET:
            field_dict["step-up"] = step_up

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.link import Link

        d = dict(src_dict)
        _step_up = d.pop("step-up", UNSET)
        step_up: Link | Unset
        if isinstance(_step_up, Unset):
            step_up = UNSET
        else:
            step_up = Link.from_dict(_step_up)

        step_up_options_links = cls(
            step_up=step_up,
        )

        step_up_options_links.additional_properties = d
        return step_up_options_links

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

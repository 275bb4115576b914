from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="TemplateOptions")


@_attrs_define
class TemplateOptions:
    """The allowed values of a field (HAL-FORMS options)."""

    inline: list[str]
    """ The allowed values """
    max_items: int
    """ Maximum number of selected values """
    min_items: int | Unset = UNSET
    """ Minimum number of selected values """
    multiple: bool | Unset = UNSET
    """ Whether the field takes an array of values """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        inline = self.inline

        max_items = self.max_items

        min_items = self.min_items

        multiple = self.multiple

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "inline": inline,
                "maxItems": max_items,
            }
        )
        if min_items is not UNSET:
            field_dict["minItems"] = min_items
        if multiple is not UNSET:
            field_dict["multiple"] = multiple

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        inline = cast(list[str], d.pop("inline"))

        max_items = d.pop("maxItems")

        min_items = d.pop("minItems", UNSET)

        multiple = d.pop("multiple", UNSET)

        template_options = cls(
            inline=inline,
            max_items=max_items,
            min_items=min_items,
            multiple=multiple,
        )

        template_options.additional_properties = d
        return template_options

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

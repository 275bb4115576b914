from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.template_options import TemplateOptions


T = TypeVar("T", bound="TemplateProperty")


@_attrs_define
class TemplateProperty:
    """A form field (HAL-FORMS property)."""

    name: str
    """ The field's name """
    prompt: str
    """ The purpose """
    required: bool
    """ Whether the field is required """
    type_: str | Unset = UNSET
    """ The input type """
    value: bool | list[str] | str | Unset = UNSET
    """ The current value; an array if the field takes several """
    min_length: int | Unset = UNSET
    """ Minimum length in characters """
    max_length: int | Unset = UNSET
    """ Maximum length in characters """
    regex: str | Unset = UNSET
    """ A regular expression that the value must match """
    options: TemplateOptions | Unset = UNSET
    """ The allowed values of a field (HAL-FORMS options). """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        prompt = self.prompt

        required = self.required

        type_ = self.type_

        value: bool | list[str] | str | Unset
        if isinstance(self.value, Unset):
            value = UNSET
        elif isinstance(self.value, list):
            value = self.value

        else:
            value = self.value

        min_length = self.min_length

        max_length = self.max_length

        regex = self.regex

        options: dict[str, Any] | Unset = UNSET
        if not isinstance(self.options, Unset):
            options = self.options.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "prompt": prompt,
                "required": required,
            }
        )
        if type_ is not UNSET:
            field_dict["type"] = type_
        if value is not UNSET:
            field_dict["value"] = value
        if min_length is not UNSET:
            field_dict["minLength"] = min_length
        if max_length is not UNSET:
            field_dict["maxLength"] = max_length
        if regex is not UNSET:
            field_dict["regex"] = regex
        if options is not UNSET:
            field_dict["options"] = options

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.template_options import TemplateOptions

        d = dict(src_dict)
        name = d.pop("name")

        prompt = d.pop("prompt")

        required = d.pop("required")

        type_ = d.pop("type", UNSET)

        def _parse_value(data: object) -> bool | list[str] | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                value_type_2 = cast(list[str], data)

                return value_type_2
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(bool | list[str] | str | Unset, data)

        value = _parse_value(d.pop("value", UNSET))

        min_length = d.pop("minLength", UNSET)

        max_length = d.pop("maxLength", UNSET)

        regex = d.pop("regex", UNSET)

        _options = d.pop("options", UNSET)
        options: TemplateOptions | Unset
        if isinstance(_options, Unset):
            options = UNSET
        else:
            options = TemplateOptions.from_dict(_options)

        template_property = cls(
            name=name,
            prompt=prompt,
            required=required,
            type_=type_,
            value=value,
            min_length=min_length,
            max_length=max_length,
            regex=regex,
            options=options,
        )

        template_property.additional_properties = d
        return template_property

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

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.link_method import LinkMethod

if TYPE_CHECKING:
    from ..models.template_property import TemplateProperty


T = TypeVar("T", bound="Template")


@_attrs_define
class Template:
    """A form (HAL-FORMS template)."""

    method: LinkMethod
    """ An HTTP method other than GET. """
    target: str
    """ The URL to submit to """
    content_type: str
    """ The media type of the request body """
    properties: list[TemplateProperty]
    """ The fields that the caller may write """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        method = self.method.value

        target = self.target

        content_type = self.content_type

        properties = []
        for properties_item_data in self.properties:
            properties_item = properties_item_data.to_dict()
            properties.append(properties_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "method": method,
                "target": target,
                "contentType": content_type,
                "properties": properties,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.template_property import TemplateProperty

        d = dict(src_dict)
        method = LinkMethod(d.pop("method"))

        target = d.pop("target")

        content_type = d.pop("contentType")

        properties = []
        _properties = d.pop("properties")
        for properties_item_data in _properties:
            properties_item = TemplateProperty.from_dict(properties_item_data)

            properties.append(properties_item)

        template = cls(
            method=method,
            target=target,
            content_type=content_type,
            properties=properties,
        )

        template.additional_properties = d
        return template

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

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.link_method import LinkMethod
from ..types import UNSET, Unset

T = TypeVar("T", bound="Link")


@_attrs_define
class Link:
    """A link (HAL), with `method` if it is not GET."""

    href: str
    """ An absolute path, to be resolved against the URL of the request. """
    method: LinkMethod | Unset = UNSET
    """ An HTTP method other than GET. """
    templated: bool | Unset = UNSET
    """ Whether `href` is a template (RFC 6570). """
    opens: list[str] | Unset = UNSET
    """ For `step-up`: the relations of the links that appear here once the caller has proved again who they are.
    """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        href = self.href

        method: str | Unset = UNSET
        if not isinstance(self.method, Unset):
            method = self.method.value

        templated = self.templated

        opens: list[str] | Unset = UNSET
        if not isinstance(self.opens, Unset):
            opens = self.opens

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "href": href,
            }
        )
        if method is not UNSET:
            field_dict["method"] = method
        if templated is not UNSET:
            field_dict["templated"] = templated
        if opens is not UNSET:
            field_dict["opens"] = opens

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        href = d.pop("href")

        _method = d.pop("method", UNSET)
        method: LinkMethod | Unset
        if isinstance(_method, Unset):
            method = UNSET
        else:
            method = LinkMethod(_method)

        templated = d.pop("templated", UNSET)

        opens = cast(list[str], d.pop("opens", UNSET))

        link = cls(
            href=href,
            method=method,
            templated=templated,
            opens=opens,
        )

        link.additional_properties = d
        return link

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

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.link import Link


T = TypeVar("T", bound="ApiKeyLinks")


@_attrs_define
class ApiKeyLinks:
    """The operations that the caller may use on this API key now."""

    self_: Link
    """ A link (HAL), with `method` if it is not GET. """
    revoke: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        self_ = self.self_.to_dict()

        revoke: dict[str, Any] | Unset = UNSET
        if not isinstance(self.revoke, Unset):
            revoke = self.revoke.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "self": self_,
            }
        )
        if revoke is not UNSET:
            field_dict["revoke"] = revoke

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.link import Link

        d = dict(src_dict)
        self_ = Link.from_dict(d.pop("self"))

        _revoke = d.pop("revoke", UNSET)
        revoke: Link | Unset
        if isinstance(_revoke, Unset):
            revoke = UNSET
        else:
            revoke = Link.from_dict(_revoke)

        api_key_links = cls(
            self_=self_,
            revoke=revoke,
        )

        api_key_links.additional_properties = d
        return api_key_links

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

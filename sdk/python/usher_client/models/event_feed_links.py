from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.link import Link


T = TypeVar("T", bound="EventFeedLinks")


@_attrs_define
class EventFeedLinks:
    """The links of the feed."""

    self_: Link
    """ A link (HAL), with `method` if it is not GET. """
    next_: Link
    """ A link (HAL), with `method` if it is not GET. """
    search: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        self_ = self.self_.to_dict()

        next_ = self.next_.to_dict()

        search: dict[str, Any] | Unset = UNSET
        if not isinstance(self.search, Unset):
            search = self.search.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "self": self_,
                "next": next_,
            }
        )
        if search is not UNSET:
            field_dict["search"] = search

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.link import Link

        d = dict(src_dict)
        self_ = Link.from_dict(d.pop("self"))

        next_ = Link.from_dict(d.pop("next"))

        _search = d.pop("search", UNSET)
        search: Link | Unset
        if isinstance(_search, Unset):
            search = UNSET
        else:
            search = Link.from_dict(_search)

        event_feed_links = cls(
            self_=self_,
            next_=next_,
            search=search,
        )

        event_feed_links.additional_properties = d
        return event_feed_links

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

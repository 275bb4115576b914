from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.event_feed_links import EventFeedLinks
    from ..models.events_of_feed import EventsOfFeed
    from ..models.templates import Templates


T = TypeVar("T", bound="EventFeed")


@_attrs_define
class EventFeed:
    """A part of the feed of events."""

    position: int
    """ The position of the last of these events, or where to go on if there is none """
    hal_embedded: EventsOfFeed
    """ The events of a feed. """
    hal_links: EventFeedLinks
    """ The links of the feed. """
    hal_templates: Templates | Unset = UNSET
    """ A form for each unsafe link, by relation; `default` repeats the first (HAL-FORMS). """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        position = self.position

        hal_embedded = self.hal_embedded.to_dict()

        hal_links = self.hal_links.to_dict()

        hal_templates: dict[str, Any] | Unset = UNSET
        if not isinstance(self.hal_templates, Unset):
            hal_templates = self.hal_templates.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "position": position,
                "_embedded": hal_embedded,
                "_links": hal_links,
            }
        )
        if hal_templates is not UNSET:
            field_dict["_templates"] = hal_templates

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.event_feed_links import EventFeedLinks
        from ..models.events_of_feed import EventsOfFeed
        from ..models.templates import Templates

        d = dict(src_dict)
        position = d.pop("position")

        hal_embedded = EventsOfFeed.from_dict(d.pop("_embedded"))

        hal_links = EventFeedLinks.from_dict(d.pop("_links"))

        _hal_templates = d.pop("_templates", UNSET)
        hal_templates: Templates | Unset
        if isinstance(_hal_templates, Unset):
            hal_templates = UNSET
        else:
            hal_templates = Templates.from_dict(_hal_templates)

        event_feed = cls(
            position=position,
            hal_embedded=hal_embedded,
            hal_links=hal_links,
            hal_templates=hal_templates,
        )

        event_feed.additional_properties = d
        return event_feed

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

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.day_counts import DayCounts
    from ..models.statistics_links import StatisticsLinks
    from ..models.templates import Templates
    from ..models.user_counts import UserCounts


T = TypeVar("T", bound="Statistics")


@_attrs_define
class Statistics:
    """Counts of users and sign-ins. Days are in UTC."""

    users: UserCounts
    """ How many users there are. """
    days: list[DayCounts]
    """ Every day of the period, in ascending order; the last one is today. """
    hal_links: StatisticsLinks
    """ The links of the statistics. """
    hal_templates: Templates | Unset = UNSET
    """ A form for each unsafe link, by relation; `default` repeats the first (HAL-FORMS). """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        users = self.users.to_dict()

        days = []
        for days_item_data in self.days:
            days_item = days_item_data.to_dict()
            days.append(days_item)

        hal_links = self.hal_links.to_dict()

        hal_templates: dict[str, Any] | Unset = UNSET
        if not isinstance(self.hal_templates, Unset):
            hal_templates = self.hal_templates.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "users": users,
                "days": days,
                "_links": hal_links,
            }
        )
        if hal_templates is not UNSET:
            field_dict["_templates"] = hal_templates

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.day_counts import DayCounts
        from ..models.statistics_links import StatisticsLinks
        from ..models.templates import Templates
        from ..models.user_counts import UserCounts

        d = dict(src_dict)
        users = UserCounts.from_dict(d.pop("users"))

        days = []
        _days = d.pop("days")
        for days_item_data in _days:
            days_item = DayCounts.from_dict(days_item_data)

            days.append(days_item)

        hal_links = StatisticsLinks.from_dict(d.pop("_links"))

        _hal_templates = d.pop("_templates", UNSET)
        hal_templates: Templates | Unset
        if isinstance(_hal_templates, Unset):
            hal_templates = UNSET
        else:
            hal_templates = Templates.from_dict(_hal_templates)

        statistics = cls(
            users=users,
            days=days,
            hal_links=hal_links,
            hal_templates=hal_templates,
        )

        statistics.additional_properties = d
        return statistics

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

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.link import Link


T = TypeVar("T", bound="ProblemLinks")


@_attrs_define
class ProblemLinks:
    """The links of a problem."""

    token: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    events: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        token: dict[str, Any] | Unset = UNSET
        if not isinstance(self.token, Unset):
            token = self.token.to_dict()

        events: dict[str, Any] | Unset = UNSET
        if not isinstance(self.events, Unset):
            events = self.events.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if token is not UNSET:
            field_dict["token"] = token
        if events is not UNSET:
            field_dict["events"] = events

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.link import Link

        d = dict(src_dict)
        _token = d.pop("token", UNSET)
        token: Link | Unset
        if isinstance(_token, Unset):
            token = UNSET
        else:
            token = Link.from_dict(_token)

        _events = d.pop("events", UNSET)
        events: Link | Unset
        if isinstance(_events, Unset):
            events = UNSET
        else:
            events = Link.from_dict(_events)

        problem_links = cls(
            token=token,
            events=events,
        )

        problem_links.additional_properties = d
        return problem_links

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

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.link import Link


T = TypeVar("T", bound="ApiKeyPageLinks")


@_attrs_define
class ApiKeyPageLinks:
    """The links of the page and the operations that the caller may use on the list."""

    self_: Link
    """ A link (HAL), with `method` if it is not GET. """
    first: Link
    """ A link (HAL), with `method` if it is not GET. """
    prev: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    next_: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    last: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    create: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    revoke_all: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    step_up: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        self_ = self.self_.to_dict()

        first = self.first.to_dict()

        prev: dict[str, Any] | Unset = UNSET
        if not isinstance(self.prev, Unset):
            prev = self.prev.to_dict()

        next_: dict[str, Any] | Unset = UNSET
        if not isinstance(self.next_, Unset):
            next_ = self.next_.to_dict()

        last: dict[str, Any] | Unset = UNSET
        if not isinstance(self.last, Unset):
            last = self.last.to_dict()

        create: dict[str, Any] | Unset = UNSET
        if not isinstance(self.create, Unset):
            create = self.create.to_dict()

        revoke_all: dict[str, Any] | Unset = UNSET
        if not isinstance(self.revoke_all, Unset):
            revoke_all = self.revoke_all.to_dict()

        step_up: dict[str, Any] | Unset = UNSET
        if not isinstance(self.step_up, Unset):
            step_up = self.step_up.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "self": self_,
                "first": first,
            }
        )
        if prev is not UNSET:
            field_dict["prev"] = prev
        if next_ is not UNSET:
            field_dict["next"] = next_
        if last is not UNSET:
            field_dict["last"] = last
        if create is not UNSET:
            field_dict["create"] = create
        if revoke_all is not UNSET:
            field_dict["revoke-all"] = revoke_all
        if step_up is not UNSET:
            field_dict["step-up"] = step_up

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.link import Link

        d = dict(src_dict)
        self_ = Link.from_dict(d.pop("self"))

        first = Link.from_dict(d.pop("first"))

        _prev = d.pop("prev", UNSET)
        prev: Link | Unset
        if isinstance(_prev, Unset):
            prev = UNSET
        else:
            prev = Link.from_dict(_prev)

        _next_ = d.pop("next", UNSET)
        next_: Link | Unset
        if isinstance(_next_, Unset):
            next_ = UNSET
        else:
            next_ = Link.from_dict(_next_)

        _last = d.pop("last", UNSET)
        last: Link | Unset
        if isinstance(_last, Unset):
            last = UNSET
        else:
            last = Link.from_dict(_last)

        _create = d.pop("create", UNSET)
        create: Link | Unset
        if isinstance(_create, Unset):
            create = UNSET
        else:
            create = Link.from_dict(_create)

        _revoke_all = d.pop("revoke-all", UNSET)
        revoke_all: Link | Unset
        if isinstance(_revoke_all, Unset):
            revoke_all = UNSET
        else:
            revoke_all = Link.from_dict(_revoke_all)

        _step_up = d.pop("step-up", UNSET)
        step_up: Link | Unset
        if isinstance(_step_up, Unset):
            step_up = UNSET
        else:
            step_up = Link.from_dict(_step_up)

        api_key_page_links = cls(
            self_=self_,
            first=first,
            prev=prev,
            next_=next_,
            last=last,
            create=create,
            revoke_all=revoke_all,
            step_up=step_up,
        )

        api_key_page_links.additional_properties = d
        return api_key_page_links

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

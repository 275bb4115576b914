from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.link import Link


T = TypeVar("T", bound="ConfirmedFactorLinks")


@_attrs_define
class ConfirmedFactorLinks:
    """The operations that the caller may use on this factor now."""

    self_: Link
    """ A link (HAL), with `method` if it is not GET. """
    confirm: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    update: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    remove: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    step_up: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        self_ = self.self_.to_dict()

        confirm: dict[str, Any] | Unset = UNSET
        if not isinstance(self.confirm, Unset):
            confirm = self.confirm.to_dict()

        update: dict[str, Any] | Unset = UNSET
        if not isinstance(self.update, Unset):
            update = self.update.to_dict()

        remove: dict[str, Any] | Unset = UNSET
        if not isinstance(self.remove, Unset):
            remove = self.remove.to_dict()

        step_up: dict[str, Any] | Unset = UNSET
        if not isinstance(self.step_up, Unset):
            step_up = self.step_up.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "self": self_,
            }
        )
        if confirm is not UNSET:
            field_dict["confirm"] = confirm
        if update is not UNSET:
            field_dict["update"] = update
        if remove is not UNSET:
            field_dict["remove"] = remove
        if step_up is not UNSET:
            field_dict["step-up"] = step_up

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.link import Link

        d = dict(src_dict)
        self_ = Link.from_dict(d.pop("self"))

        _confirm = d.pop("confirm", UNSET)
        confirm: Link | Unset
        if isinstance(_confirm, Unset):
            confirm = UNSET
        else:
            confirm = Link.from_dict(_confirm)

        _update = d.pop("update", UNSET)
        update: Link | Unset
        if isinstance(_update, Unset):
            update = UNSET
        else:
            update = Link.from_dict(_update)

        _remove = d.pop("remove", UNSET)
        remove: Link | Unset
        if isinstance(_remove, Unset):
            remove = UNSET
        else:
            remove = Link.from_dict(_remove)

        _step_up = d.pop("step-up", UNSET)
        step_up: Link | Unset
        if isinstance(_step_up, Unset):
            step_up = UNSET
        else:
            step_up = Link.from_dict(_step_up)

        confirmed_factor_links = cls(
            self_=self_,
            confirm=confirm,
            update=update,
            remove=remove,
            step_up=step_up,
        )

        confirmed_factor_links.additional_properties = d
        return confirmed_factor_links

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

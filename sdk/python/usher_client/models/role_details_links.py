from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.link import Link


T = TypeVar("T", bound="RoleDetailsLinks")


@_attrs_define
class RoleDetailsLinks:
    """The operations that the caller may use on this role now."""

    users: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    self_: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    update: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    delete: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        users: dict[str, Any] | Unset = UNSET
        if not isinstance(self.users, Unset):
            users = self.users.to_dict()

        self_: dict[str, Any] | Unset = UNSET
        if not isinstance(self.self_, Unset):
            self_ = self.self_.to_dict()

        update: dict[str, Any] | Unset = UNSET
        if not isinstance(self.update, Unset):
            update = self.update.to_dict()

        delete: dict[str, Any] | Unset = UNSET
        if not isinstance(self.delete, Unset):
            delete = self.delete.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if users is not UNSET:
            field_dict["users"] = users
        if self_ is not UNSET:
            field_dict["self"] = self_
        if update is not UNSET:
            field_dict["update"] = update
        if delete is not UNSET:
            field_dict["delete"] = delete

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.link import Link

        d = dict(src_dict)
        _users = d.pop("users", UNSET)
        users: Link | Unset
        if isinstance(_users, Unset):
            users = UNSET
        else:
            users = Link.from_dict(_users)

        _self_ = d.pop("self", UNSET)
        self_: Link | Unset
        if isinstance(_self_, Unset):
            self_ = UNSET
        else:
            self_ = Link.from_dict(_self_)

        _update = d.pop("update", UNSET)
        update: Link | Unset
        if isinstance(_update, Unset):
            update = UNSET
        else:
            update = Link.from_dict(_update)

        _delete = d.pop("delete", UNSET)
        delete: Link | Unset
        if isinstance(_delete, Unset):
            delete = UNSET
        else:
            delete = Link.from_dict(_delete)

        role_details_links = cls(
            users=users,
            self_=self_,
            update=update,
            delete=delete,
        )

        role_details_links.additional_properties = d
        return role_details_links

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

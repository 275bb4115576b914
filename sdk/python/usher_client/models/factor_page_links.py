from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.link import Link


T = TypeVar("T", bound="FactorPageLinks")


@_attrs_define
class FactorPageLinks:
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
    enrol_totp: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    passkey_options: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    create_recovery_codes: Link | Unset = UNSET
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

        enrol_totp: dict[str, Any] | Unset = UNSET
        if not isinstance(self.enrol_totp, Unset):
            enrol_totp = self.enrol_totp.to_dict()

        passkey_options: dict[str, Any] | Unset = UNSET
        if not isinstance(self.passkey_options, Unset):
            passkey_options = self.passkey_options.to_dict()

        create_recovery_codes: dict[str, Any] | Unset = UNSET
        if not isinstance(self.create_recovery_codes, Unset):
            create_recovery_codes = self.create_recovery_codes.to_dict()

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
        if enrol_totp is not UNSET:
            field_dict["enrol-totp"] = enrol_totp
        if passkey_options is not UNSET:
            field_dict["passkey-options"] = passkey_options
        if create_recovery_codes is not UNSET:
            field_dict["create-recovery-codes"] = create_recovery_codes
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

        _enrol_totp = d.pop("enrol-totp", UNSET)
        enrol_totp: Link | Unset
        if isinstance(_enrol_totp, Unset):
            enrol_totp = UNSET
        else:
            enrol_totp = Link.from_dict(_enrol_totp)

        _passkey_options = d.pop("passkey-options", UNSET)
        passkey_options: Link | Unset
        if isinstance(_passkey_options, Unset):
            passkey_options = UNSET
        else:
            passkey_options = Link.from_dict(_passkey_options)

        _create_recovery_codes = d.pop("create-recovery-codes", UNSET)
        create_recovery_codes: Link | Unset
        if isinstance(_create_recovery_codes, Unset):
            create_recovery_codes = UNSET
        else:
            create_recovery_codes = Link.from_dict(_create_recovery_codes)

        _step_up = d.pop("step-up", UNSET)
        step_up: Link | Unset
        if isinstance(_step_up, Unset):
            step_up = UNSET
        else:
            step_up = Link.from_dict(_step_up)

        factor_page_links = cls(
            self_=self_,
            first=first,
            prev=prev,
            next_=next_,
            last=last,
            enrol_totp=enrol_totp,
            passkey_options=passkey_options,
            create_recovery_codes=create_recovery_codes,
            step_up=step_up,
        )

        factor_page_links.additional_properties = d
        return factor_page_links

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

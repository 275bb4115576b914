from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="DayCounts")


@_attrs_define
class DayCounts:
    """What happened on a day."""

    date: datetime.date
    """ The day (UTC). """
    registrations: int
    """ Users who registered; users that were created or imported are not counted. """
    sign_ins: int
    """ Completed sign-ins. """
    failed_sign_ins: int
    """ Sign-ins that were refused: a wrong password, second factor or passkey, an unknown account, or one that may
    not sign
    in. Of attempts that a rate limit refuses, only the first in a row counts, and none with an unknown passkey. A
    right
    password that waits for a second factor does not count. """
    active_users: int
    """ Users who signed in or refreshed a session. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        date = self.date.isoformat()

        registrations = self.registrations

        sign_ins = self.sign_ins

        failed_sign_ins = self.failed_sign_ins

        active_users = self.active_users

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "date": date,
                "registrations": registrations,
                "sign_ins": sign_ins,
                "failed_sign_ins": failed_sign_ins,
                "active_users": active_users,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        date = datetime.date.fromisoformat(d.pop("date"))

        registrations = d.pop("registrations")

        sign_ins = d.pop("sign_ins")

        failed_sign_ins = d.pop("failed_sign_ins")

        active_users = d.pop("active_users")

        day_counts = cls(
            date=date,
            registrations=registrations,
            sign_ins=sign_ins,
            failed_sign_ins=failed_sign_ins,
            active_users=active_users,
        )

        day_counts.additional_properties = d
        return day_counts

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

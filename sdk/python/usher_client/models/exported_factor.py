from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ExportedFactor")


@_attrs_define
class ExportedFactor:
    """A second factor as the caller sees it."""

    id: UUID
    """ The factor's id, a UUIDv7 (RFC 9562 §5.7) """
    type_: str
    """ What it is: an authenticator app (`totp`), a `passkey`, or `recovery_codes`; more types may come """
    name: str
    """ What the factor is called """
    confirmed: bool
    """ Whether it is asked for. An authenticator app that is not confirmed within 10 minutes is forgotten """
    created_at: datetime.datetime
    """ The time of creation """
    last_used_at: datetime.datetime | None
    """ The time of the last use """
    remaining: int | Unset = UNSET
    """ How many recovery codes are left; only for `recovery_codes` """
    rp_id: str | Unset = UNSET
    """ The domain of a passkey; only for `passkey` """
    backup_eligible: bool | Unset = UNSET
    """ Whether a passkey may be copied to other devices; only for `passkey` """
    backed_up: bool | Unset = UNSET
    """ Whether it was backed up at its last use; only for `passkey` """
    transports: list[str] | Unset = UNSET
    """ How clients can reach the authenticator of a passkey; only for `passkey` """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        type_ = self.type_

        name = self.name

        confirmed = self.confirmed

        created_at = self.created_at.isoformat()

        last_used_at: None | str
        if isinstance(self.last_used_at, datetime.datetime):
            last_used_at = self.last_used_at.isoformat()
        else:
            last_used_at = self.last_used_at

        remaining = self.remaining

        rp_id = self.rp_id

        backup_eligible = self.backup_eligible

        backed_up = self.backed_up

        transports: list[str] | Unset = UNSET
        if not isinstance(self.transports, Unset):
            transports = self.transports

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "type": type_,
                "name": name,
                "confirmed": confirmed,
                "created_at": created_at,
                "last_used_at": last_used_at,
            }
        )
        if remaining is not UNSET:
            field_dict["remaining"] = remaining
        if rp_id is not UNSET:
            field_dict["rp_id"] = rp_id
        if backup_eligible is not UNSET:
            field_dict["backup_eligible"] = backup_eligible
        if backed_up is not UNSET:
            field_dict["backed_up"] = backed_up
        if transports is not UNSET:
            field_dict["transports"] = transports

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        type_ = d.pop("type")

        name = d.pop("name")

        confirmed = d.pop("confirmed")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_last_used_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_used_at_type_0 = datetime.datetime.fromisoformat(data)

                return last_used_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_used_at = _parse_last_used_at(d.pop("last_used_at"))

        remaining = d.pop("remaining", UNSET)

        rp_id = d.pop("rp_id", UNSET)

        backup_eligible = d.pop("backup_eligible", UNSET)

        backed_up = d.pop("backed_up", UNSET)

        transports = cast(list[str], d.pop("transports", UNSET))

        exported_factor = cls(
            id=id,
            type_=type_,
            name=name,
            confirmed=confirmed,
            created_at=created_at,
            last_used_at=last_used_at,
            remaining=remaining,
            rp_id=rp_id,
            backup_eligible=backup_eligible,
            backed_up=backed_up,
            transports=transports,
        )

        exported_factor.additional_properties = d
        return exported_factor

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

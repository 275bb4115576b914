from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.factor_links import FactorLinks
    from ..models.templates import Templates


T = TypeVar("T", bound="Factor")


@_attrs_define
class Factor:
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
    hal_links: FactorLinks
    """ The operations that the caller may use on this factor now. """
    remaining: int | Unset = UNSET
    """ How many recovery codes are left; only for `recovery_codes` """
    hal_templates: Templates | Unset = UNSET
    """ A form for each unsafe link, by relation; `default` repeats the first (HAL-FORMS). """
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

        hal_links = self.hal_links.to_dict()

        remaining = self.remaining

        hal_templates: dict[str, Any] | Unset = UNSET
        if not isinstance(self.hal_templates, Unset):
            hal_templates = self.hal_templates.to_dict()

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
                "_links": hal_links,
            }
        )
        if remaining is not UNSET:
            field_dict["remaining"] = remaining
        if hal_templates is not UNSET:
            field_dict["_templates"] = hal_templates

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.factor_links import FactorLinks
        from ..models.templates import Templates

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

        hal_links = FactorLinks.from_dict(d.pop("_links"))

        remaining = d.pop("remaining", UNSET)

        _hal_templates = d.pop("_templates", UNSET)
        hal_templates: Templates | Unset
        if isinstance(_hal_templates, Unset):
            hal_templates = UNSET
        else:
            hal_templates = Templates.from_dict(_hal_templates)

        factor = cls(
            id=id,
            type_=type_,
            name=name,
            confirmed=confirmed,
            created_at=created_at,
            last_used_at=last_used_at,
            hal_links=hal_links,
            remaining=remaining,
            hal_templates=hal_templates,
        )

        factor.additional_properties = d
        return factor

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

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.event_data import EventData
    from ..models.event_links import EventLinks
    from ..models.templates import Templates


T = TypeVar("T", bound="Event")


@_attrs_define
class Event:
    """An event: what happened to what, and who did it. Later releases add types and members."""

    id: UUID
    """ The id of the audit event, a UUIDv7 (RFC 9562 §5.7) """
    position: int
    """ The position in the feed """
    type_: str
    """ What happened: the `action` of the audit event. Known values: `user_registered`, `user_created`,
    `user_imported`, `user_updated`, `user_deleted`, `user_suspended`, `user_reactivated`, `password_changed`,
    `password_reset`, `password_reset_requested`, `password_reset_sent`, `email_verified`, `verification_requested`,
    `signed_in`, `throttle_lifted`, `api_key_created`, `api_key_revoked`, `api_keys_revoked`, `factor_enrolled`,
    `factor_renamed`, `factor_removed`, `factors_reset`, `recovery_codes_created`, `recovery_code_used`,
    `stepped_up`, `session_revoked`, `sessions_revoked`, `role_created`, `role_updated`, `role_deleted`,
    `signing_key_rotated`, `signing_keys_revoked`; later releases add others. """
    timestamp: datetime.datetime
    """ The time of the event """
    data: EventData
    """ What an event is about. It has no values of fields, names or addresses: read the resource for them. """
    hal_links: EventLinks
    """ The links of an event: none, because it is read in the feed. """
    hal_templates: Templates | Unset = UNSET
    """ A form for each unsafe link, by relation; `default` repeats the first (HAL-FORMS). """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        position = self.position

        type_ = self.type_

        timestamp = self.timestamp.isoformat()

        data = self.data.to_dict()

        hal_links = self.hal_links.to_dict()

        hal_templates: dict[str, Any] | Unset = UNSET
        if not isinstance(self.hal_templates, Unset):
            hal_templates = self.hal_templates.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "position": position,
                "type": type_,
                "timestamp": timestamp,
                "data": data,
                "_links": hal_links,
            }
        )
        if hal_templates is not UNSET:
            field_dict["_templates"] = hal_templates

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.event_data import EventData
        from ..models.event_links import EventLinks
        from ..models.templates import Templates

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        position = d.pop("position")

        type_ = d.pop("type")

        timestamp = datetime.datetime.fromisoformat(d.pop("timestamp"))

        data = EventData.from_dict(d.pop("data"))

        hal_links = EventLinks.from_dict(d.pop("_links"))

        _hal_templates = d.pop("_templates", UNSET)
        hal_templates: Templates | Unset
        if isinstance(_hal_templates, Unset):
            hal_templates = UNSET
        else:
            hal_templates = Templates.from_dict(_hal_templates)

        event = cls(
            id=id,
            position=position,
            type_=type_,
            timestamp=timestamp,
            data=data,
            hal_links=hal_links,
            hal_templates=hal_templates,
        )

        event.additional_properties = d
        return event

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

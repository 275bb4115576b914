from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.event_actor import EventActor
    from ..models.event_target import EventTarget


T = TypeVar("T", bound="EventData")


@_attrs_define
class EventData:
    """What an event is about. It has no values of fields, names or addresses: read the resource for them."""

    actor: EventActor | None
    """ Who did it; null for the command line and the service itself """
    target: EventTarget | None
    """ What it happened to; null if it happened to the service as a whole """
    user: None | UUID
    """ The id of the user whom the event is about; null if it is about none """
    changed: list[str]
    """ The names of the fields that changed """
    version: int | None
    """ The version of the target after the event, which is the number in its entity tag; null if it has none, or
    does not
    exist any more """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.event_actor import EventActor
        from ..models.event_target import EventTarget

        actor: dict[str, Any] | None
        if isinstance(self.actor, EventActor):
            actor = self.actor.to_dict()
        else:
            actor = self.actor

        target: dict[str, Any] | None
        if isinstance(self.target, EventTarget):
            target = self.target.to_dict()
        else:
            target = self.target

        user: None | str
        if isinstance(self.user, UUID):
            user = str(self.user)
        else:
            user = self.user

        changed = self.changed

        version: int | None
        version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "actor": actor,
                "target": target,
                "user": user,
                "changed": changed,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.event_actor import EventActor
        from ..models.event_target import EventTarget

        d = dict(src_dict)

        def _parse_actor(data: object) -> EventActor | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                actor_type_0 = EventActor.from_dict(data)

                return actor_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(EventActor | None, data)

        actor = _parse_actor(d.pop("actor"))

        def _parse_target(data: object) -> EventTarget | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                target_type_0 = EventTarget.from_dict(data)

                return target_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(EventTarget | None, data)

        target = _parse_target(d.pop("target"))

        def _parse_user(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                user_type_0 = UUID(data)

                return user_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        user = _parse_user(d.pop("user"))

        changed = cast(list[str], d.pop("changed"))

        def _parse_version(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        version = _parse_version(d.pop("version"))

        event_data = cls(
            actor=actor,
            target=target,
            user=user,
            changed=changed,
            version=version,
        )

        event_data.additional_properties = d
        return event_data

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

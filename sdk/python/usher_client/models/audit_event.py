from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.audit_outcome import AuditOutcome
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.audit_actor import AuditActor
    from ..models.audit_change import AuditChange
    from ..models.audit_event_links import AuditEventLinks
    from ..models.audit_target import AuditTarget
    from ..models.templates import Templates


T = TypeVar("T", bound="AuditEvent")


@_attrs_define
class AuditEvent:
    """An audit event as the caller sees it."""

    id: UUID
    """ The event's id, a UUIDv7 (RFC 9562 §5.7) """
    at: datetime.datetime
    """ The time of the event """
    action: str
    """ What was done. Known values: `user_registered`, `user_created`, `user_imported`, `user_updated`,
    `user_deleted`, `user_suspended`, `user_reactivated`, `password_changed`, `password_reset`,
    `password_reset_requested`, `password_reset_sent`, `email_verified`, `verification_requested`, `signed_in`,
    `sign_in_refused`, `throttle_lifted`, `api_key_created`, `api_key_revoked`, `api_keys_revoked`,
    `factor_enrolled`, `factor_renamed`, `factor_removed`, `factors_reset`, `recovery_codes_created`,
    `recovery_code_used`, `passkey_counter_regressed`, `stepped_up`, `session_revoked`, `sessions_revoked`,
    `role_created`, `role_updated`, `role_deleted`, `refresh_token_reused`, `signing_key_rotated`,
    `signing_keys_revoked`; later releases add others. """
    outcome: AuditOutcome
    """ Whether the action succeeded or was refused. """
    actor: AuditActor | None
    """ The user who did it; null if nobody was signed in """
    target: AuditTarget | None
    """ The affected user """
    changes: list[AuditChange]
    """ The changed fields """
    address: None | str
    """ The client address; null if it is unknown, or hidden from the caller because it is that of another
    user who did something to the caller """
    request_id: None | UUID
    """ The id of the request (`X-Request-Id`) """
    hal_links: AuditEventLinks
    """ The links of an audit event. """
    hal_templates: Templates | Unset = UNSET
    """ A form for each unsafe link, by relation; `default` repeats the first (HAL-FORMS). """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.audit_actor import AuditActor
        from ..models.audit_target import AuditTarget

        id = str(self.id)

        at = self.at.isoformat()

        action = self.action

        outcome = self.outcome.value

        actor: dict[str, Any] | None
        if isinstance(self.actor, AuditActor):
            actor = self.actor.to_dict()
        else:
            actor = self.actor

        target: dict[str, Any] | None
        if isinstance(self.target, AuditTarget):
            target = self.target.to_dict()
        else:
            target = self.target

        changes = []
        for changes_item_data in self.changes:
            changes_item = changes_item_data.to_dict()
            changes.append(changes_item)

        address: None | str
        address = self.address

        request_id: None | str
        if isinstance(self.request_id, UUID):
            request_id = str(self.request_id)
        else:
            request_id = self.request_id

        hal_links = self.hal_links.to_dict()

        hal_templates: dict[str, Any] | Unset = UNSET
        if not isinstance(self.hal_templates, Unset):
            hal_templates = self.hal_templates.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "at": at,
                "action": action,
                "outcome": outcome,
                "actor": actor,
                "target": target,
                "changes": changes,
                "address": address,
                "request_id": request_id,
                "_links": hal_links,
            }
        )
        if hal_templates is not UNSET:
            field_dict["_templates"] = hal_templates

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.audit_actor import AuditActor
        from ..models.audit_change import AuditChange
        from ..models.audit_event_links import AuditEventLinks
        from ..models.audit_target import AuditTarget
        from ..models.templates import Templates

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        action = d.pop("action")

        outcome = AuditOutcome(d.pop("outcome"))

        def _parse_actor(data: object) -> AuditActor | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                actor_type_0 = AuditActor.from_dict(data)

                return actor_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AuditActor | None, data)

        actor = _parse_actor(d.pop("actor"))

        def _parse_target(data: object) -> AuditTarget | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                target_type_0 = AuditTarget.from_dict(data)

                return target_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AuditTarget | None, data)

        target = _parse_target(d.pop("target"))

        changes = []
        _changes = d.pop("changes")
        for changes_item_data in _changes:
            changes_item = AuditChange.from_dict(changes_item_data)

            changes.append(changes_item)

        def _parse_address(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        address = _parse_address(d.pop("address"))

        def _parse_request_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                request_id_type_0 = UUID(data)

                return request_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        request_id = _parse_request_id(d.pop("request_id"))

        hal_links = AuditEventLinks.from_dict(d.pop("_links"))

        _hal_templates = d.pop("_templates", UNSET)
        hal_templates: Templates | Unset
        if isinstance(_hal_templates, Unset):
            hal_templates = UNSET
        else:
            hal_templates = Templates.from_dict(_hal_templates)

        audit_event = cls(
            id=id,
            at=at,
            action=action,
            outcome=outcome,
            actor=actor,
            target=target,
            changes=changes,
            address=address,
            request_id=request_id,
            hal_links=hal_links,
            hal_templates=hal_templates,
        )

        audit_event.additional_properties = d
        return audit_event

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

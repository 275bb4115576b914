from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.exported_api_key import ExportedApiKey
    from ..models.exported_event import ExportedEvent
    from ..models.exported_factor import ExportedFactor
    from ..models.exported_link import ExportedLink
    from ..models.exported_mail import ExportedMail
    from ..models.exported_session import ExportedSession
    from ..models.exported_user import ExportedUser


T = TypeVar("T", bound="UserExport")


@_attrs_define
class UserExport:
    """All stored data of a user, except hashes of passwords and tokens."""

    exported_at: datetime.datetime
    """ The time of the export """
    user: ExportedUser
    """ A user as the caller sees one. """
    mail: list[ExportedMail]
    """ Queued and recently sent mail """
    mailed_links: list[ExportedLink]
    """ Mailed links that are still valid """
    sessions: list[ExportedSession]
    """ Active sessions, oldest first """
    api_keys: list[ExportedApiKey]
    """ API keys, oldest first """
    factors: list[ExportedFactor]
    """ Second factors, without their secrets, oldest first """
    audit_events: list[ExportedEvent]
    """ Audit events by or about the user, oldest first """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        exported_at = self.exported_at.isoformat()

        user = self.user.to_dict()

        mail = []
        for mail_item_data in self.mail:
            mail_item = mail_item_data.to_dict()
            mail.append(mail_item)

        mailed_links = []
        for mailed_links_item_data in self.mailed_links:
            mailed_links_item = mailed_links_item_data.to_dict()
            mailed_links.append(mailed_links_item)

        sessions = []
        for sessions_item_data in self.sessions:
            sessions_item = sessions_item_data.to_dict()
            sessions.append(sessions_item)

        api_keys = []
        for api_keys_item_data in self.api_keys:
            api_keys_item = api_keys_item_data.to_dict()
            api_keys.append(api_keys_item)

        factors = []
        for factors_item_data in self.factors:
            factors_item = factors_item_data.to_dict()
            factors.append(factors_item)

        audit_events = []
        for audit_events_item_data in self.audit_events:
            audit_events_item = audit_events_item_data.to_dict()
            audit_events.append(audit_events_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "exported_at": exported_at,
                "user": user,
                "mail": mail,
                "mailed_links": mailed_links,
                "sessions": sessions,
                "api_keys": api_keys,
                "factors": factors,
                "audit_events": audit_events,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.exported_api_key import ExportedApiKey
        from ..models.exported_event import ExportedEvent
        from ..models.exported_factor import ExportedFactor
        from ..models.exported_link import ExportedLink
        from ..models.exported_mail import ExportedMail
        from ..models.exported_session import ExportedSession
        from ..models.exported_user import ExportedUser

        d = dict(src_dict)
        exported_at = datetime.datetime.fromisoformat(d.pop("exported_at"))

        user = ExportedUser.from_dict(d.pop("user"))

        mail = []
        _mail = d.pop("mail")
        for mail_item_data in _mail:
            mail_item = ExportedMail.from_dict(mail_item_data)

            mail.append(mail_item)

        mailed_links = []
        _mailed_links = d.pop("mailed_links")
        for mailed_links_item_data in _mailed_links:
            mailed_links_item = ExportedLink.from_dict(mailed_links_item_data)

            mailed_links.append(mailed_links_item)

        sessions = []
        _sessions = d.pop("sessions")
        for sessions_item_data in _sessions:
            sessions_item = ExportedSession.from_dict(sessions_item_data)

            sessions.append(sessions_item)

        api_keys = []
        _api_keys = d.pop("api_keys")
        for api_keys_item_data in _api_keys:
            api_keys_item = ExportedApiKey.from_dict(api_keys_item_data)

            api_keys.append(api_keys_item)

        factors = []
        _factors = d.pop("factors")
        for factors_item_data in _factors:
            factors_item = ExportedFactor.from_dict(factors_item_data)

            factors.append(factors_item)

        audit_events = []
        _audit_events = d.pop("audit_events")
        for audit_events_item_data in _audit_events:
            audit_events_item = ExportedEvent.from_dict(audit_events_item_data)

            audit_events.append(audit_events_item)

        user_export = cls(
            exported_at=exported_at,
            user=user,
            mail=mail,
            mailed_links=mailed_links,
            sessions=sessions,
            api_keys=api_keys,
            factors=factors,
            audit_events=audit_events,
        )

        user_export.additional_properties = d
        return user_export

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

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.link import Link


T = TypeVar("T", bound="UserLinks")


@_attrs_define
class UserLinks:
    """The operations that the caller may use on this user now."""

    resend_verification: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    collection: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    self_: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    update: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    delete: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    change_password: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    send_password_reset: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    suspend: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    reactivate: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    lift_throttle: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    export: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    sessions: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    revoke_all: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    role: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    audit: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    api_keys: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    factors: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    reset_factors: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    step_up: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        resend_verification: dict[str, Any] | Unset = UNSET
        if not isinstance(self.resend_verification, Unset):
            resend_verification = self.resend_verification.to_dict()

        collection: dict[str, Any] | Unset = UNSET
        if not isinstance(self.collection, Unset):
            collection = self.collection.to_dict()

        self_: dict[str, Any] | Unset = UNSET
        if not isinstance(self.self_, Unset):
            self_ = self.self_.to_dict()

        update: dict[str, Any] | Unset = UNSET
        if not isinstance(self.update, Unset):
            update = self.update.to_dict()

        delete: dict[str, Any] | Unset = UNSET
        if not isinstance(self.delete, Unset):
            delete = self.delete.to_dict()

        change_password: dict[str, Any] | Unset = UNSET
        if not isinstance(self.change_password, Unset):
            change_password = self.change_password.to_dict()

        send_password_reset: dict[str, Any] | Unset = UNSET
        if not isinstance(self.send_password_reset, Unset):
            send_password_reset = self.send_password_reset.to_dict()

        suspend: dict[str, Any] | Unset = UNSET
        if not isinstance(self.suspend, Unset):
            suspend = self.suspend.to_dict()

        reactivate: dict[str, Any] | Unset = UNSET
        if not isinstance(self.reactivate, Unset):
            reactivate = self.reactivate.to_dict()

        lift_throttle: dict[str, Any] | Unset = UNSET
        if not isinstance(self.lift_throttle, Unset):
            lift_throttle = self.lift_throttle.to_dict()

        export: dict[str, Any] | Unset = UNSET
        if not isinstance(self.export, Unset):
            export = self.export.to_dict()

        sessions: dict[str, Any] | Unset = UNSET
        if not isinstance(self.sessions, Unset):
            sessions = self.sessions.to_dict()

        revoke_all: dict[str, Any] | Unset = UNSET
        if not isinstance(self.revoke_all, Unset):
            revoke_all = self.revoke_all.to_dict()

        role: dict[str, Any] | Unset = UNSET
        if not isinstance(self.role, Unset):
            role = self.role.to_dict()

        audit: dict[str, Any] | Unset = UNSET
        if not isinstance(self.audit, Unset):
            audit = self.audit.to_dict()

        api_keys: dict[str, Any] | Unset = UNSET
        if not isinstance(self.api_keys, Unset):
            api_keys = self.api_keys.to_dict()

        factors: dict[str, Any] | Unset = UNSET
        if not isinstance(self.factors, Unset):
            factors = self.factors.to_dict()

        reset_factors: dict[str, Any] | Unset = UNSET
        if not isinstance(self.reset_factors, Unset):
            reset_factors = self.reset_factors.to_dict()

        step_up: dict[str, Any] | Unset = UNSET
        if not isinstance(self.step_up, Unset):
            step_up = self.step_up.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if resend_verification is not UNSET:
            field_dict["resend-verification"] = resend_verification
        if collection is not UNSET:
            field_dict["collection"] = collection
        if self_ is not UNSET:
            field_dict["self"] = self_
        if update is not UNSET:
            field_dict["update"] = update
        if delete is not UNSET:
            field_dict["delete"] = delete
        if change_password is not UNSET:
            field_dict["change-password"] = change_password
        if send_password_reset is not UNSET:
            field_dict["send-password-reset"] = send_password_reset
        if suspend is not UNSET:
            field_dict["suspend"] = suspend
        if reactivate is not UNSET:
            field_dict["reactivate"] = reactivate
        if lift_throttle is not UNSET:
            field_dict["lift-throttle"] = lift_throttle
        if export is not UNSET:
            field_dict["export"] = export
        if sessions is not UNSET:
            field_dict["sessions"] = sessions
        if revoke_all is not UNSET:
            field_dict["revoke-all"] = revoke_all
        if role is not UNSET:
            field_dict["role"] = role
        if audit is not UNSET:
            field_dict["audit"] = audit
        if api_keys is not UNSET:
            field_dict["api-keys"] = api_keys
        if factors is not UNSET:
            field_dict["factors"] = factors
        if reset_factors is not UNSET:
            field_dict["reset-factors"] = reset_factors
        if step_up is not UNSET:
            field_dict["step-up"] = step_up

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.link import Link

        d = dict(src_dict)
        _resend_verification = d.pop("resend-verification", UNSET)
        resend_verification: Link | Unset
        if isinstance(_resend_verification, Unset):
            resend_verification = UNSET
        else:
            resend_verification = Link.from_dict(_resend_verification)

        _collection = d.pop("collection", UNSET)
        collection: Link | Unset
        if isinstance(_collection, Unset):
            collection = UNSET
        else:
            collection = Link.from_dict(_collection)

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

        _change_password = d.pop("change-password", UNSET)
        change_password: Link | Unset
        if isinstance(_change_password, Unset):
            change_password = UNSET
        else:
            change_password = Link.from_dict(_change_password)

        _send_password_reset = d.pop("send-password-reset", UNSET)
        send_password_reset: Link | Unset
        if isinstance(_send_password_reset, Unset):
            send_password_reset = UNSET
        else:
            send_password_reset = Link.from_dict(_send_password_reset)

        _suspend = d.pop("suspend", UNSET)
        suspend: Link | Unset
        if isinstance(_suspend, Unset):
            suspend = UNSET
        else:
            suspend = Link.from_dict(_suspend)

        _reactivate = d.pop("reactivate", UNSET)
        reactivate: Link | Unset
        if isinstance(_reactivate, Unset):
            reactivate = UNSET
        else:
            reactivate = Link.from_dict(_reactivate)

        _lift_throttle = d.pop("lift-throttle", UNSET)
        lift_throttle: Link | Unset
        if isinstance(_lift_throttle, Unset):
            lift_throttle = UNSET
        else:
            lift_throttle = Link.from_dict(_lift_throttle)

        _export = d.pop("export", UNSET)
        export: Link | Unset
        if isinstance(_export, Unset):
            export = UNSET
        else:
            export = Link.from_dict(_export)

        _sessions = d.pop("sessions", UNSET)
        sessions: Link | Unset
        if isinstance(_sessions, Unset):
            sessions = UNSET
        else:
            sessions = Link.from_dict(_sessions)

        _revoke_all = d.pop("revoke-all", UNSET)
        revoke_all: Link | Unset
        if isinstance(_revoke_all, Unset):
            revoke_all = UNSET
        else:
            revoke_all = Link.from_dict(_revoke_all)

        _role = d.pop("role", UNSET)
        role: Link | Unset
        if isinstance(_role, Unset):
            role = UNSET
        else:
            role = Link.from_dict(_role)

        _audit = d.pop("audit", UNSET)
        audit: Link | Unset
        if isinstance(_audit, Unset):
            audit = UNSET
        else:
            audit = Link.from_dict(_audit)

        _api_keys = d.pop("api-keys", UNSET)
        api_keys: Link | Unset
        if isinstance(_api_keys, Unset):
            api_keys = UNSET
        else:
            api_keys = Link.from_dict(_api_keys)

        _factors = d.pop("factors", UNSET)
        factors: Link | Unset
        if isinstance(_factors, Unset):
            factors = UNSET
        else:
            factors = Link.from_dict(_factors)

        _reset_factors = d.pop("reset-factors", UNSET)
        reset_factors: Link | Unset
        if isinstance(_reset_factors, Unset):
            reset_factors = UNSET
        else:
            reset_factors = Link.from_dict(_reset_factors)

        _step_up = d.pop("step-up", UNSET)
        step_up: Link | Unset
        if isinstance(_step_up, Unset):
            step_up = UNSET
        else:
            step_up = Link.from_dict(_step_up)

        user_links = cls(
            resend_verification=resend_verification,
            collection=collection,
            self_=self_,
            update=update,
            delete=delete,
            change_password=change_password,
            send_password_reset=send_password_reset,
            suspend=suspend,
            reactivate=reactivate,
            lift_throttle=lift_throttle,
            export=export,
            sessions=sessions,
            revoke_all=revoke_all,
            role=role,
            audit=audit,
            api_keys=api_keys,
            factors=factors,
            reset_factors=reset_factors,
            step_up=step_up,
        )

        user_links.additional_properties = d
        return user_links

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

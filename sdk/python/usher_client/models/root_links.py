from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.link import Link


T = TypeVar("T", bound="RootLinks")


@_attrs_define
class RootLinks:
    """The operations that the caller may use now."""

    self_: Link
    """ A link (HAL), with `method` if it is not GET. """
    register: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    token: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    me: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    request_password_reset: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    reset_password: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    verify_email: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    users: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    roles: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    audit: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    service_doc: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    service_desc: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    step_up: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    step_up_options: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    sign_in_with_passkey: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    statistics: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    events: Link | Unset = UNSET
    """ A link (HAL), with `method` if it is not GET. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        self_ = self.self_.to_dict()

        register: dict[str, Any] | Unset = UNSET
        if not isinstance(self.register, Unset):
            register = self.register.to_dict()

        token: dict[str, Any] | Unset = UNSET
        if not isinstance(self.token, Unset):
            token = self.token.to_dict()

        me: dict[str, Any] | Unset = UNSET
        if not isinstance(self.me, Unset):
            me = self.me.to_dict()

        request_password_reset: dict[str, Any] | Unset = UNSET
        if not isinstance(self.request_password_reset, Unset):
            request_password_reset = self.request_password_reset.to_dict()

        reset_password: dict[str, Any] | Unset = UNSET
        if not isinstance(self.reset_password, Unset):
            reset_password = self.reset_password.to_dict()

        verify_email: dict[str, Any] | Unset = UNSET
        if not isinstance(self.verify_email, Unset):
            verify_email = self.verify_email.to_dict()

        users: dict[str, Any] | Unset = UNSET
        if not isinstance(self.users, Unset):
            users = self.users.to_dict()

        roles: dict[str, Any] | Unset = UNSET
        if not isinstance(self.roles, Unset):
            roles = self.roles.to_dict()

        audit: dict[str, Any] | Unset = UNSET
        if not isinstance(self.audit, Unset):
            audit = self.audit.to_dict()

        service_doc: dict[str, Any] | Unset = UNSET
        if not isinstance(self.service_doc, Unset):
            service_doc = self.service_doc.to_dict()

        service_desc: dict[str, Any] | Unset = UNSET
        if not isinstance(self.service_desc, Unset):
            service_desc = self.service_desc.to_dict()

        step_up: dict[str, Any] | Unset = UNSET
        if not isinstance(self.step_up, Unset):
            step_up = self.step_up.to_dict()

        step_up_options: dict[str, Any] | Unset = UNSET
        if not isinstance(self.step_up_options, Unset):
            step_up_options = self.step_up_options.to_dict()

        sign_in_with_passkey: dict[str, Any] | Unset = UNSET
        if not isinstance(self.sign_in_with_passkey, Unset):
            sign_in_with_passkey = self.sign_in_with_passkey.to_dict()

        statistics: dict[str, Any] | Unset = UNSET
        if not isinstance(self.statistics, Unset):
            statistics = self.statistics.to_dict()

        events: dict[str, Any] | Unset = UNSET
        if not isinstance(self.events, Unset):
            events = self.events.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "self": self_,
            }
        )
        if register is not UNSET:
            field_dict["register"] = register
        if token is not UNSET:
            field_dict["token"] = token
        if me is not UNSET:
            field_dict["me"] = me
        if request_password_reset is not UNSET:
            field_dict["request-password-reset"] = request_password_reset
        if reset_password is not UNSET:
            field_dict["reset-password"] = reset_password
        if verify_email is not UNSET:
            field_dict["verify-email"] = verify_email
        if users is not UNSET:
            field_dict["users"] = users
        if roles is not UNSET:
            field_dict["roles"] = roles
        if audit is not UNSET:
            field_dict["audit"] = audit
        if service_doc is not UNSET:
            field_dict["service-doc"] = service_doc
        if service_desc is not UNSET:
            field_dict["service-desc"] = service_desc
        if step_up is not UNSET:
            field_dict["step-up"] = step_up
        if step_up_options is not UNSET:
            field_dict["step-up-options"] = step_up_options
        if sign_in_with_passkey is not UNSET:
            field_dict["sign-in-with-passkey"] = sign_in_with_passkey
        if statistics is not UNSET:
            field_dict["statistics"] = statistics
        if events is not UNSET:
            field_dict["events"] = events

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.link import Link

        d = dict(src_dict)
        self_ = Link.from_dict(d.pop("self"))

        _register = d.pop("register", UNSET)
        register: Link | Unset
        if isinstance(_register, Unset):
            register = UNSET
        else:
            register = Link.from_dict(_register)

        _token = d.pop("token", UNSET)
        token: Link | Unset
        if isinstance(_token, Unset):
            token = UNSET
        else:
            token = Link.from_dict(_token)

        _me = d.pop("me", UNSET)
        me: Link | Unset
        if isinstance(_me, Unset):
            me = UNSET
        else:
            me = Link.from_dict(_me)

        _request_password_reset = d.pop("request-password-reset", UNSET)
        request_password_reset: Link | Unset
        if isinstance(_request_password_reset, Unset):
            request_password_reset = UNSET
        else:
            request_password_reset = Link.from_dict(_request_password_reset)

        _reset_password = d.pop("reset-password", UNSET)
        reset_password: Link | Unset
        if isinstance(_reset_password, Unset):
            reset_password = UNSET
        else:
            reset_password = Link.from_dict(_reset_password)

        _verify_email = d.pop("verify-email", UNSET)
        verify_email: Link | Unset
        if isinstance(_verify_email, Unset):
            verify_email = UNSET
        else:
            verify_email = Link.from_dict(_verify_email)

        _users = d.pop("users", UNSET)
        users: Link | Unset
        if isinstance(_users, Unset):
            users = UNSET
        else:
            users = Link.from_dict(_users)

        _roles = d.pop("roles", UNSET)
        roles: Link | Unset
        if isinstance(_roles, Unset):
            roles = UNSET
        else:
            roles = Link.from_dict(_roles)

        _audit = d.pop("audit", UNSET)
        audit: Link | Unset
        if isinstance(_audit, Unset):
            audit = UNSET
        else:
            audit = Link.from_dict(_audit)

        _service_doc = d.pop("service-doc", UNSET)
        service_doc: Link | Unset
        if isinstance(_service_doc, Unset):
            service_doc = UNSET
        else:
            service_doc = Link.from_dict(_service_doc)

        _service_desc = d.pop("service-desc", UNSET)
        service_desc: Link | Unset
        if isinstance(_service_desc, Unset):
            service_desc = UNSET
        else:
            service_desc = Link.from_dict(_service_desc)

        _step_up = d.pop("step-up", UNSET)
        step_up: Link | Unset
        if isinstance(_step_up, Unset):
            step_up = UNSET
        else:
            step_up = Link.from_dict(_step_up)

        _step_up_options = d.pop("step-up-options", UNSET)
        step_up_options: Link | Unset
        if isinstance(_step_up_options, Unset):
            step_up_options = UNSET
        else:
            step_up_options = Link.from_dict(_step_up_options)

        _sign_in_with_passkey = d.pop("sign-in-with-passkey", UNSET)
        sign_in_with_passkey: Link | Unset
        if isinstance(_sign_in_with_passkey, Unset):
            sign_in_with_passkey = UNSET
        else:
            sign_in_with_passkey = Link.from_dict(_sign_in_with_passkey)

        _statistics = d.pop("statistics", UNSET)
        statistics: Link | Unset
        if isinstance(_statistics, Unset):
            statistics = UNSET
        else:
            statistics = Link.from_dict(_statistics)

        _events = d.pop("events", UNSET)
        events: Link | Unset
        if isinstance(_events, Unset):
            events = UNSET
        else:
            events = Link.from_dict(_events)

        root_links = cls(
            self_=self_,
            register=register,
            token=token,
            me=me,
            request_password_reset=request_password_reset,
            reset_password=reset_password,
            verify_email=verify_email,
            users=users,
            roles=roles,
            audit=audit,
            service_doc=service_doc,
            service_desc=service_desc,
            step_up=step_up,
            step_up_options=step_up_options,
            sign_in_with_passkey=sign_in_with_passkey,
            statistics=statistics,
            events=events,
        )

        root_links.additional_properties = d
        return root_links

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

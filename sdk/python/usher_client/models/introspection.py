from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Introspection")


@_attrs_define
class Introspection:
    """The state of a token (RFC 7662 §2.2). For an invalid token only `active` is present.

    Example:
        {'active': True, 'amr': ['pwd'], 'aud': 'https://id.example.com', 'auth_time': 1799999100, 'client_id': 'usher',
            'exp': 1800000000, 'iss': 'https://id.example.com', 'permissions': ['users.lift-throttle', 'users.read'],
            'role': 'support', 'sid': '01937f3e-9c11-7d02-8a3b-6f1d0e5c2b48', 'sub': '01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77',
            'token_type': 'Bearer', 'username': 'ada'}

    """

    active: bool
    """ Whether the token is valid: it has not expired, its session is active or the API key has not been revoked,
    and its user
    may sign in. """
    token_type: str | Unset = UNSET
    """ `Bearer` for an access token, `api_key` for an API key. """
    client_id: str | Unset = UNSET
    """ The client that the token was issued to; absent for an API key. """
    sub: UUID | Unset = UNSET
    """ The user's id. """
    username: str | Unset = UNSET
    """ The current username. """
    role: str | Unset = UNSET
    """ The name of a role: `admin`, `user`, or one that was created """
    permissions: list[str] | Unset = UNSET
    """ The permissions of the user's role now, sorted by name; for an API key, those among its scopes. Empty while
    the user lacks
    a required second factor. """
    scope: str | Unset = UNSET
    """ What an API key may do now: its scopes without the permissions that its owner lacks, separated by spaces.
    Empty while the
    owner lacks a required second factor. """
    sid: UUID | Unset = UNSET
    """ The session; absent for an API key. """
    amr: list[str] | Unset = UNSET
    """ How the user has proved, in this session, who they are (RFC 8176); absent for an API key. """
    auth_time: int | Unset = UNSET
    """ When the user last proved it, in seconds since the Unix epoch; absent for an API key. """
    iss: str | Unset = UNSET
    """ The issuer. """
    aud: str | Unset = UNSET
    """ The audience of an access token. """
    exp: int | Unset = UNSET
    """ The expiry time, in seconds since the Unix epoch. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        active = self.active

        token_type = self.token_type

        client_id = self.client_id

        sub: str | Unset = UNSET
        if not isinstance(self.sub, Unset):
            sub = str(self.sub)

        username = self.username

        role = self.role

        permissions: list[str] | Unset = UNSET
        if not isinstance(self.permissions, Unset):
            permissions = self.permissions

        scope = self.scope

        sid: str | Unset = UNSET
        if not isinstance(self.sid, Unset):
            sid = str(self.sid)

        amr: list[str] | Unset = UNSET
        if not isinstance(self.amr, Unset):
            amr = self.amr

        auth_time = self.auth_time

        iss = self.iss

        aud = self.aud

        exp = self.exp

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "active": active,
            }
        )
        if token_type is not UNSET:
            field_dict["token_type"] = token_type
        if client_id is not UNSET:
            field_dict["client_id"] = client_id
        if sub is not UNSET:
            field_dict["sub"] = sub
        if username is not UNSET:
            field_dict["username"] = username
        if role is not UNSET:
            field_dict["role"] = role
        if permissions is not UNSET:
            field_dict["permissions"] = permissions
        if scope is not UNSET:
            field_dict["scope"] = scope
        if sid is not UNSET:
            field_dict["sid"] = sid
        if amr is not UNSET:
            field_dict["amr"] = amr
        if auth_time is not UNSET:
            field_dict["auth_time"] = auth_time
        if iss is not UNSET:
            field_dict["iss"] = iss
        if aud is not UNSET:
            field_dict["aud"] = aud
        if exp is not UNSET:
            field_dict["exp"] = exp

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        active = d.pop("active")

        token_type = d.pop("token_type", UNSET)

        client_id = d.pop("client_id", UNSET)

        _sub = d.pop("sub", UNSET)
        sub: UUID | Unset
        if isinstance(_sub, Unset):
            sub = UNSET
        else:
            sub = UUID(_sub)

        username = d.pop("username", UNSET)

        role = d.pop("role", UNSET)

        permissions = cast(list[str], d.pop("permissions", UNSET))

        scope = d.pop("scope", UNSET)

        _sid = d.pop("sid", UNSET)
        sid: UUID | Unset
        if isinstance(_sid, Unset):
            sid = UNSET
        else:
            sid = UUID(_sid)

        amr = cast(list[str], d.pop("amr", UNSET))

        auth_time = d.pop("auth_time", UNSET)

        iss = d.pop("iss", UNSET)

        aud = d.pop("aud", UNSET)

        exp = d.pop("exp", UNSET)

        introspection = cls(
            active=active,
            token_type=token_type,
            client_id=client_id,
            sub=sub,
            username=username,
            role=role,
            permissions=permissions,
            scope=scope,
            sid=sid,
            amr=amr,
            auth_time=auth_time,
            iss=iss,
            aud=aud,
            exp=exp,
        )

        introspection.additional_properties = d
        return introspection

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

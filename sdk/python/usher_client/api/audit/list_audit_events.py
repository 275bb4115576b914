import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.audit_event_page import AuditEventPage
from ...models.audit_outcome import AuditOutcome
from ...models.audit_sort import AuditSort
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    limit: int | Unset = 20,
    offset: int | Unset = UNSET,
    cursor: str | Unset = UNSET,
    action: str | Unset = UNSET,
    outcome: AuditOutcome | Unset = UNSET,
    actor: UUID | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    until: datetime.datetime | Unset = UNSET,
    sort: AuditSort | Unset = UNSET,
    target: UUID | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params["cursor"] = cursor

    params["action"] = action

    json_outcome: str | Unset = UNSET
    if not isinstance(outcome, Unset):
        json_outcome = outcome.value

    params["outcome"] = json_outcome

    json_actor: str | Unset = UNSET
    if not isinstance(actor, Unset):
        json_actor = str(actor)
    params["actor"] = json_actor

    json_since: str | Unset = UNSET
    if not isinstance(since, Unset):
        json_since = since.isoformat()
    params["since"] = json_since

    json_until: str | Unset = UNSET
    if not isinstance(until, Unset):
        json_until = until.isoformat()
    params["until"] = json_until

    json_sort: str | Unset = UNSET
    if not isinstance(sort, Unset):
        json_sort = sort.value

    params["sort"] = json_sort

    json_target: str | Unset = UNSET
    if not isinstance(target, Unset):
        json_target = str(target)
    params["target"] = json_target

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/audit-events",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AuditEventPage | Problem | None:
    if response.status_code == 200:
        response_200 = AuditEventPage.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 406:
        response_406 = Problem.from_dict(response.json())

        return response_406

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AuditEventPage | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    offset: int | Unset = UNSET,
    cursor: str | Unset = UNSET,
    action: str | Unset = UNSET,
    outcome: AuditOutcome | Unset = UNSET,
    actor: UUID | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    until: datetime.datetime | Unset = UNSET,
    sort: AuditSort | Unset = UNSET,
    target: UUID | Unset = UNSET,
) -> Response[AuditEventPage | Problem]:
    """List audit events

     Returns a page of the audit events that match the filters: who did what to whom, when, and from
    where. Newest first by default. Every page takes the same time if you follow `next` and `prev`.
    Events are counted up to 10,000: if there are more, `total` is 10,000, `total_is_exact` is false,
    and there is no `last` link.

    Args:
        limit (int | Unset):  Default: 20.
        offset (int | Unset):
        cursor (str | Unset):
        action (str | Unset): What was done. Known values: `user_registered`, `user_created`,
            `user_imported`, `user_updated`, `user_deleted`, `user_suspended`, `user_reactivated`,
            `password_changed`, `password_reset`, `password_reset_requested`, `password_reset_sent`,
            `email_verified`, `verification_requested`, `signed_in`, `sign_in_refused`,
            `throttle_lifted`, `api_key_created`, `api_key_revoked`, `api_keys_revoked`,
            `factor_enrolled`, `factor_renamed`, `factor_removed`, `factors_reset`,
            `recovery_codes_created`, `recovery_code_used`, `passkey_counter_regressed`, `stepped_up`,
            `session_revoked`, `sessions_revoked`, `role_created`, `role_updated`, `role_deleted`,
            `refresh_token_reused`, `signing_key_rotated`, `signing_keys_revoked`; later releases add
            others.
        outcome (AuditOutcome | Unset): Whether the action succeeded or was refused.
        actor (UUID | Unset):
        since (datetime.datetime | Unset):
        until (datetime.datetime | Unset):
        sort (AuditSort | Unset): Sort order of audit events; `-` means descending. Ties are
            broken by id.
        target (UUID | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AuditEventPage | Problem]
    """

    kwargs = _get_kwargs(
        limit=limit,
        offset=offset,
        cursor=cursor,
        action=action,
        outcome=outcome,
        actor=actor,
        since=since,
        until=until,
        sort=sort,
        target=target,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    offset: int | Unset = UNSET,
    cursor: str | Unset = UNSET,
    action: str | Unset = UNSET,
    outcome: AuditOutcome | Unset = UNSET,
    actor: UUID | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    until: datetime.datetime | Unset = UNSET,
    sort: AuditSort | Unset = UNSET,
    target: UUID | Unset = UNSET,
) -> AuditEventPage | Problem | None:
    """List audit events

     Returns a page of the audit events that match the filters: who did what to whom, when, and from
    where. Newest first by default. Every page takes the same time if you follow `next` and `prev`.
    Events are counted up to 10,000: if there are more, `total` is 10,000, `total_is_exact` is false,
    and there is no `last` link.

    Args:
        limit (int | Unset):  Default: 20.
        offset (int | Unset):
        cursor (str | Unset):
        action (str | Unset): What was done. Known values: `user_registered`, `user_created`,
            `user_imported`, `user_updated`, `user_deleted`, `user_suspended`, `user_reactivated`,
            `password_changed`, `password_reset`, `password_reset_requested`, `password_reset_sent`,
            `email_verified`, `verification_requested`, `signed_in`, `sign_in_refused`,
            `throttle_lifted`, `api_key_created`, `api_key_revoked`, `api_keys_revoked`,
            `factor_enrolled`, `factor_renamed`, `factor_removed`, `factors_reset`,
            `recovery_codes_created`, `recovery_code_used`, `passkey_counter_regressed`, `stepped_up`,
            `session_revoked`, `sessions_revoked`, `role_created`, `role_updated`, `role_deleted`,
            `refresh_token_reused`, `signing_key_rotated`, `signing_keys_revoked`; later releases add
            others.
        outcome (AuditOutcome | Unset): Whether the action succeeded or was refused.
        actor (UUID | Unset):
        since (datetime.datetime | Unset):
        until (datetime.datetime | Unset):
        sort (AuditSort | Unset): Sort order of audit events; `-` means descending. Ties are
            broken by id.
        target (UUID | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AuditEventPage | Problem
    """

    return sync_detailed(
        client=client,
        limit=limit,
        offset=offset,
        cursor=cursor,
        action=action,
        outcome=outcome,
        actor=actor,
        since=since,
        until=until,
        sort=sort,
        target=target,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    offset: int | Unset = UNSET,
    cursor: str | Unset = UNSET,
    action: str | Unset = UNSET,
    outcome: AuditOutcome | Unset = UNSET,
    actor: UUID | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    until: datetime.datetime | Unset = UNSET,
    sort: AuditSort | Unset = UNSET,
    target: UUID | Unset = UNSET,
) -> Response[AuditEventPage | Problem]:
    """List audit events

     Returns a page of the audit events that match the filters: who did what to whom, when, and from
    where. Newest first by default. Every page takes the same time if you follow `next` and `prev`.
    Events are counted up to 10,000: if there are more, `total` is 10,000, `total_is_exact` is false,
    and there is no `last` link.

    Args:
        limit (int | Unset):  Default: 20.
        offset (int | Unset):
        cursor (str | Unset):
        action (str | Unset): What was done. Known values: `user_registered`, `user_created`,
            `user_imported`, `user_updated`, `user_deleted`, `user_suspended`, `user_reactivated`,
            `password_changed`, `password_reset`, `password_reset_requested`, `password_reset_sent`,
            `email_verified`, `verification_requested`, `signed_in`, `sign_in_refused`,
            `throttle_lifted`, `api_key_created`, `api_key_revoked`, `api_keys_revoked`,
            `factor_enrolled`, `factor_renamed`, `factor_removed`, `factors_reset`,
            `recovery_codes_created`, `recovery_code_used`, `passkey_counter_regressed`, `stepped_up`,
            `session_revoked`, `sessions_revoked`, `role_created`, `role_updated`, `role_deleted`,
            `refresh_token_reused`, `signing_key_rotated`, `signing_keys_revoked`; later releases add
            others.
        outcome (AuditOutcome | Unset): Whether the action succeeded or was refused.
        actor (UUID | Unset):
        since (datetime.datetime | Unset):
        until (datetime.datetime | Unset):
        sort (AuditSort | Unset): Sort order of audit events; `-` means descending. Ties are
            broken by id.
        target (UUID | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AuditEventPage | Problem]
    """

    kwargs = _get_kwargs(
        limit=limit,
        offset=offset,
        cursor=cursor,
        action=action,
        outcome=outcome,
        actor=actor,
        since=since,
        until=until,
        sort=sort,
        target=target,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    offset: int | Unset = UNSET,
    cursor: str | Unset = UNSET,
    action: str | Unset = UNSET,
    outcome: AuditOutcome | Unset = UNSET,
    actor: UUID | Unset = UNSET,
    since: datetime.datetime | Unset = UNSET,
    until: datetime.datetime | Unset = UNSET,
    sort: AuditSort | Unset = UNSET,
    target: UUID | Unset = UNSET,
) -> AuditEventPage | Problem | None:
    """List audit events

     Returns a page of the audit events that match the filters: who did what to whom, when, and from
    where. Newest first by default. Every page takes the same time if you follow `next` and `prev`.
    Events are counted up to 10,000: if there are more, `total` is 10,000, `total_is_exact` is false,
    and there is no `last` link.

    Args:
        limit (int | Unset):  Default: 20.
        offset (int | Unset):
        cursor (str | Unset):
        action (str | Unset): What was done. Known values: `user_registered`, `user_created`,
            `user_imported`, `user_updated`, `user_deleted`, `user_suspended`, `user_reactivated`,
            `password_changed`, `password_reset`, `password_reset_requested`, `password_reset_sent`,
            `email_verified`, `verification_requested`, `signed_in`, `sign_in_refused`,
            `throttle_lifted`, `api_key_created`, `api_key_revoked`, `api_keys_revoked`,
            `factor_enrolled`, `factor_renamed`, `factor_removed`, `factors_reset`,
            `recovery_codes_created`, `recovery_code_used`, `passkey_counter_regressed`, `stepped_up`,
            `session_revoked`, `sessions_revoked`, `role_created`, `role_updated`, `role_deleted`,
            `refresh_token_reused`, `signing_key_rotated`, `signing_keys_revoked`; later releases add
            others.
        outcome (AuditOutcome | Unset): Whether the action succeeded or was refused.
        actor (UUID | Unset):
        since (datetime.datetime | Unset):
        until (datetime.datetime | Unset):
        sort (AuditSort | Unset): Sort order of audit events; `-` means descending. Ties are
            broken by id.
        target (UUID | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AuditEventPage | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            limit=limit,
            offset=offset,
            cursor=cursor,
            action=action,
            outcome=outcome,
            actor=actor,
            since=since,
            until=until,
            sort=sort,
            target=target,
        )
    ).parsed

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.event_feed import EventFeed
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    after: str | Unset = UNSET,
    wait: int | Unset = 0,
    type_: str | Unset = UNSET,
    limit: int | Unset = 100,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["after"] = after

    params["wait"] = wait

    params["type"] = type_

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/events",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> EventFeed | Problem | None:
    if response.status_code == 200:
        response_200 = EventFeed.from_dict(response.json())

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

    if response.status_code == 410:
        response_410 = Problem.from_dict(response.json())

        return response_410

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[EventFeed | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    after: str | Unset = UNSET,
    wait: int | Unset = 0,
    type_: str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Response[EventFeed | Problem]:
    """Read events

     Returns the events after a position, in the order of their positions: every successful action of the
    audit trail, once, and never one with a lower position than another that has been read. Follow
    `next` to go on, and store `position` together with what you have made of the events. With `wait`,
    the response is sent as soon as there is an event; it has none if the time has passed or the service
    stops. With `type`, a response without events may come before the end of the feed is reached: follow
    `next`.

    Args:
        after (str | Unset):
        wait (int | Unset):  Default: 0.
        type_ (str | Unset):
        limit (int | Unset):  Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[EventFeed | Problem]
    """

    kwargs = _get_kwargs(
        after=after,
        wait=wait,
        type_=type_,
        limit=limit,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    after: str | Unset = UNSET,
    wait: int | Unset = 0,
    type_: str | Unset = UNSET,
    limit: int | Unset = 100,
) -> EventFeed | Problem | None:
    """Read events

     Returns the events after a position, in the order of their positions: every successful action of the
    audit trail, once, and never one with a lower position than another that has been read. Follow
    `next` to go on, and store `position` together with what you have made of the events. With `wait`,
    the response is sent as soon as there is an event; it has none if the time has passed or the service
    stops. With `type`, a response without events may come before the end of the feed is reached: follow
    `next`.

    Args:
        after (str | Unset):
        wait (int | Unset):  Default: 0.
        type_ (str | Unset):
        limit (int | Unset):  Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        EventFeed | Problem
    """

    return sync_detailed(
        client=client,
        after=after,
        wait=wait,
        type_=type_,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    after: str | Unset = UNSET,
    wait: int | Unset = 0,
    type_: str | Unset = UNSET,
    limit: int | Unset = 100,
) -> Response[EventFeed | Problem]:
    """Read events

     Returns the events after a position, in the order of their positions: every successful action of the
    audit trail, once, and never one with a lower position than another that has been read. Follow
    `next` to go on, and store `position` together with what you have made of the events. With `wait`,
    the response is sent as soon as there is an event; it has none if the time has passed or the service
    stops. With `type`, a response without events may come before the end of the feed is reached: follow
    `next`.

    Args:
        after (str | Unset):
        wait (int | Unset):  Default: 0.
        type_ (str | Unset):
        limit (int | Unset):  Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[EventFeed | Problem]
    """

    kwargs = _get_kwargs(
        after=after,
        wait=wait,
        type_=type_,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    after: str | Unset = UNSET,
    wait: int | Unset = 0,
    type_: str | Unset = UNSET,
    limit: int | Unset = 100,
) -> EventFeed | Problem | None:
    """Read events

     Returns the events after a position, in the order of their positions: every successful action of the
    audit trail, once, and never one with a lower position than another that has been read. Follow
    `next` to go on, and store `position` together with what you have made of the events. With `wait`,
    the response is sent as soon as there is an event; it has none if the time has passed or the service
    stops. With `type`, a response without events may come before the end of the feed is reached: follow
    `next`.

    Args:
        after (str | Unset):
        wait (int | Unset):  Default: 0.
        type_ (str | Unset):
        limit (int | Unset):  Default: 100.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        EventFeed | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            after=after,
            wait=wait,
            type_=type_,
            limit=limit,
        )
    ).parsed

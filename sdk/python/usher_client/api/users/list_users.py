from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.status import Status
from ...models.user_page import UserPage
from ...models.user_sort import UserSort
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    limit: int | Unset = 20,
    offset: int | Unset = UNSET,
    cursor: str | Unset = UNSET,
    q: str | Unset = UNSET,
    role: str | Unset = UNSET,
    status: Status | Unset = UNSET,
    external_id: str | Unset = UNSET,
    sort: UserSort | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params["cursor"] = cursor

    params["q"] = q

    params["role"] = role

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status.value

    params["status"] = json_status

    params["external_id"] = external_id

    json_sort: str | Unset = UNSET
    if not isinstance(sort, Unset):
        json_sort = sort.value

    params["sort"] = json_sort

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/users",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | UserPage | None:
    if response.status_code == 200:
        response_200 = UserPage.from_dict(response.json())

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | UserPage]:
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
    q: str | Unset = UNSET,
    role: str | Unset = UNSET,
    status: Status | Unset = UNSET,
    external_id: str | Unset = UNSET,
    sort: UserSort | Unset = UNSET,
) -> Response[Problem | UserPage]:
    """List users

     Returns a page of the users that match the filters. Follow `next` and `prev` to read all pages: no
    user is skipped or repeated while others are created or deleted, and every page takes the same time.

    Args:
        limit (int | Unset):  Default: 20.
        offset (int | Unset):
        cursor (str | Unset):
        q (str | Unset):
        role (str | Unset): The name of a role: `admin`, `user`, or one that was created
        status (Status | Unset): Whether a user may sign in
        external_id (str | Unset):
        sort (UserSort | Unset): Sort order of users; `-` means descending. Ties are broken by id.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | UserPage]
    """

    kwargs = _get_kwargs(
        limit=limit,
        offset=offset,
        cursor=cursor,
        q=q,
        role=role,
        status=status,
        external_id=external_id,
        sort=sort,
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
    q: str | Unset = UNSET,
    role: str | Unset = UNSET,
    status: Status | Unset = UNSET,
    external_id: str | Unset = UNSET,
    sort: UserSort | Unset = UNSET,
) -> Problem | UserPage | None:
    """List users

     Returns a page of the users that match the filters. Follow `next` and `prev` to read all pages: no
    user is skipped or repeated while others are created or deleted, and every page takes the same time.

    Args:
        limit (int | Unset):  Default: 20.
        offset (int | Unset):
        cursor (str | Unset):
        q (str | Unset):
        role (str | Unset): The name of a role: `admin`, `user`, or one that was created
        status (Status | Unset): Whether a user may sign in
        external_id (str | Unset):
        sort (UserSort | Unset): Sort order of users; `-` means descending. Ties are broken by id.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | UserPage
    """

    return sync_detailed(
        client=client,
        limit=limit,
        offset=offset,
        cursor=cursor,
        q=q,
        role=role,
        status=status,
        external_id=external_id,
        sort=sort,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    offset: int | Unset = UNSET,
    cursor: str | Unset = UNSET,
    q: str | Unset = UNSET,
    role: str | Unset = UNSET,
    status: Status | Unset = UNSET,
    external_id: str | Unset = UNSET,
    sort: UserSort | Unset = UNSET,
) -> Response[Problem | UserPage]:
    """List users

     Returns a page of the users that match the filters. Follow `next` and `prev` to read all pages: no
    user is skipped or repeated while others are created or deleted, and every page takes the same time.

    Args:
        limit (int | Unset):  Default: 20.
        offset (int | Unset):
        cursor (str | Unset):
        q (str | Unset):
        role (str | Unset): The name of a role: `admin`, `user`, or one that was created
        status (Status | Unset): Whether a user may sign in
        external_id (str | Unset):
        sort (UserSort | Unset): Sort order of users; `-` means descending. Ties are broken by id.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | UserPage]
    """

    kwargs = _get_kwargs(
        limit=limit,
        offset=offset,
        cursor=cursor,
        q=q,
        role=role,
        status=status,
        external_id=external_id,
        sort=sort,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    offset: int | Unset = UNSET,
    cursor: str | Unset = UNSET,
    q: str | Unset = UNSET,
    role: str | Unset = UNSET,
    status: Status | Unset = UNSET,
    external_id: str | Unset = UNSET,
    sort: UserSort | Unset = UNSET,
) -> Problem | UserPage | None:
    """List users

     Returns a page of the users that match the filters. Follow `next` and `prev` to read all pages: no
    user is skipped or repeated while others are created or deleted, and every page takes the same time.

    Args:
        limit (int | Unset):  Default: 20.
        offset (int | Unset):
        cursor (str | Unset):
        q (str | Unset):
        role (str | Unset): The name of a role: `admin`, `user`, or one that was created
        status (Status | Unset): Whether a user may sign in
        external_id (str | Unset):
        sort (UserSort | Unset): Sort order of users; `-` means descending. Ties are broken by id.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | UserPage
    """

    return (
        await asyncio_detailed(
            client=client,
            limit=limit,
            offset=offset,
            cursor=cursor,
            q=q,
            role=role,
            status=status,
            external_id=external_id,
            sort=sort,
        )
    ).parsed

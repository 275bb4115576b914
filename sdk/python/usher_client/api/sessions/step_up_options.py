from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.step_up_options import StepUpOptions
from ...types import Response


def _get_kwargs() -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/step-up/options",
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | StepUpOptions | None:
    if response.status_code == 200:
        response_200 = StepUpOptions.from_dict(response.json())

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

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Problem.from_dict(response.json())

        return response_415

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | StepUpOptions]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
) -> Response[Problem | StepUpOptions]:
    """Begin to prove with a passkey who you are

     Returns the options for one of your passkeys, and a ceremony that is good for `step-up`: once,
    within five minutes, in this session. In a browser, give `public_key` to
    `PublicKeyCredential.parseRequestOptionsFromJSON` and the result to `navigator.credentials.get`;
    send what `toJSON` of the credential returns.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | StepUpOptions]
    """

    kwargs = _get_kwargs()

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
) -> Problem | StepUpOptions | None:
    """Begin to prove with a passkey who you are

     Returns the options for one of your passkeys, and a ceremony that is good for `step-up`: once,
    within five minutes, in this session. In a browser, give `public_key` to
    `PublicKeyCredential.parseRequestOptionsFromJSON` and the result to `navigator.credentials.get`;
    send what `toJSON` of the credential returns.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | StepUpOptions
    """

    return sync_detailed(
        client=client,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
) -> Response[Problem | StepUpOptions]:
    """Begin to prove with a passkey who you are

     Returns the options for one of your passkeys, and a ceremony that is good for `step-up`: once,
    within five minutes, in this session. In a browser, give `public_key` to
    `PublicKeyCredential.parseRequestOptionsFromJSON` and the result to `navigator.credentials.get`;
    send what `toJSON` of the credential returns.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | StepUpOptions]
    """

    kwargs = _get_kwargs()

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
) -> Problem | StepUpOptions | None:
    """Begin to prove with a passkey who you are

     Returns the options for one of your passkeys, and a ceremony that is good for `step-up`: once,
    within five minutes, in this session. In a browser, give `public_key` to
    `PublicKeyCredential.parseRequestOptionsFromJSON` and the result to `navigator.credentials.get`;
    send what `toJSON` of the credential returns.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | StepUpOptions
    """

    return (
        await asyncio_detailed(
            client=client,
        )
    ).parsed

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.session import Session
from ...models.step_up_proof import StepUpProof
from ...types import Response


def _get_kwargs(
    *,
    body: StepUpProof,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/step-up",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | Session | None:
    if response.status_code == 200:
        response_200 = Session.from_dict(response.json())

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

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Problem | Session]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: StepUpProof,
) -> Response[Problem | Session]:
    """Prove again who you are

     Some operations require that the user of the session has proved who they are not long ago. Requires
    the password and, if you have a second factor, a one-time code, a recovery code or a passkey; or a
    passkey alone, if it has verified you. If the password is wrong, the proof is not used up. Returns
    the session, which is fresh now.

    Args:
        body (StepUpProof): The password and, if you have a second factor, a proof of it; or a
            passkey that verifies you.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Session]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: StepUpProof,
) -> Problem | Session | None:
    """Prove again who you are

     Some operations require that the user of the session has proved who they are not long ago. Requires
    the password and, if you have a second factor, a one-time code, a recovery code or a passkey; or a
    passkey alone, if it has verified you. If the password is wrong, the proof is not used up. Returns
    the session, which is fresh now.

    Args:
        body (StepUpProof): The password and, if you have a second factor, a proof of it; or a
            passkey that verifies you.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Session
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: StepUpProof,
) -> Response[Problem | Session]:
    """Prove again who you are

     Some operations require that the user of the session has proved who they are not long ago. Requires
    the password and, if you have a second factor, a one-time code, a recovery code or a passkey; or a
    passkey alone, if it has verified you. If the password is wrong, the proof is not used up. Returns
    the session, which is fresh now.

    Args:
        body (StepUpProof): The password and, if you have a second factor, a proof of it; or a
            passkey that verifies you.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Session]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: StepUpProof,
) -> Problem | Session | None:
    """Prove again who you are

     Some operations require that the user of the session has proved who they are not long ago. Requires
    the password and, if you have a second factor, a one-time code, a recovery code or a passkey; or a
    passkey alone, if it has verified you. If the password is wrong, the proof is not used up. Returns
    the session, which is fresh now.

    Args:
        body (StepUpProof): The password and, if you have a second factor, a proof of it; or a
            passkey that verifies you.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Session
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed

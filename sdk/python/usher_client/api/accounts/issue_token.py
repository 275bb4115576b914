from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.mfa_grant import MfaGrant
from ...models.o_auth_error import OAuthError
from ...models.passkey_grant import PasskeyGrant
from ...models.password_grant import PasswordGrant
from ...models.problem import Problem
from ...models.refresh_grant import RefreshGrant
from ...models.token import Token
from ...types import Response


def _get_kwargs(
    *,
    body: MfaGrant | PasskeyGrant | PasswordGrant | RefreshGrant,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/oauth/token",
    }

    _kwargs["data"] = body.to_dict()
    headers["Content-Type"] = "application/x-www-form-urlencoded"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> OAuthError | Problem | Token | None:
    if response.status_code == 200:
        response_200 = Token.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = OAuthError.from_dict(response.json())

        return response_400

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


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[OAuthError | Problem | Token]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: MfaGrant | PasskeyGrant | PasswordGrant | RefreshGrant,
) -> Response[OAuthError | Problem | Token]:
    """Issue tokens

     Exchanges a username or e-mail address and a password for tokens and starts a session, or exchanges
    a refresh token for the session's next tokens. A refresh token can be used once; the response
    contains its successor. If a used token is sent again within 10 seconds, or later while its
    successor is unused, the response contains the same successor again. Any later reuse revokes the
    session, because two clients hold the token.

    For a user with a second factor, the right password is answered with the error `mfa_required`: it
    has an `mfa_token`, which is valid for five minutes, and the methods that the user can choose from.
    The session starts when the grant `urn:usher:grant:mfa` proves one of them with that token. After
    five wrong proofs the token is spent.

    The grant `urn:usher:grant:passkey` starts a session with a passkey that has verified its user,
    without a password. `sign-in-with-passkey` returns the options and the ceremony for both grants.

    Args:
        body (MfaGrant | PasskeyGrant | PasswordGrant | RefreshGrant): The credentials to exchange
            for tokens.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OAuthError | Problem | Token]
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
    client: AuthenticatedClient | Client,
    body: MfaGrant | PasskeyGrant | PasswordGrant | RefreshGrant,
) -> OAuthError | Problem | Token | None:
    """Issue tokens

     Exchanges a username or e-mail address and a password for tokens and starts a session, or exchanges
    a refresh token for the session's next tokens. A refresh token can be used once; the response
    contains its successor. If a used token is sent again within 10 seconds, or later while its
    successor is unused, the response contains the same successor again. Any later reuse revokes the
    session, because two clients hold the token.

    For a user with a second factor, the right password is answered with the error `mfa_required`: it
    has an `mfa_token`, which is valid for five minutes, and the methods that the user can choose from.
    The session starts when the grant `urn:usher:grant:mfa` proves one of them with that token. After
    five wrong proofs the token is spent.

    The grant `urn:usher:grant:passkey` starts a session with a passkey that has verified its user,
    without a password. `sign-in-with-passkey` returns the options and the ceremony for both grants.

    Args:
        body (MfaGrant | PasskeyGrant | PasswordGrant | RefreshGrant): The credentials to exchange
            for tokens.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OAuthError | Problem | Token
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: MfaGrant | PasskeyGrant | PasswordGrant | RefreshGrant,
) -> Response[OAuthError | Problem | Token]:
    """Issue tokens

     Exchanges a username or e-mail address and a password for tokens and starts a session, or exchanges
    a refresh token for the session's next tokens. A refresh token can be used once; the response
    contains its successor. If a used token is sent again within 10 seconds, or later while its
    successor is unused, the response contains the same successor again. Any later reuse revokes the
    session, because two clients hold the token.

    For a user with a second factor, the right password is answered with the error `mfa_required`: it
    has an `mfa_token`, which is valid for five minutes, and the methods that the user can choose from.
    The session starts when the grant `urn:usher:grant:mfa` proves one of them with that token. After
    five wrong proofs the token is spent.

    The grant `urn:usher:grant:passkey` starts a session with a passkey that has verified its user,
    without a password. `sign-in-with-passkey` returns the options and the ceremony for both grants.

    Args:
        body (MfaGrant | PasskeyGrant | PasswordGrant | RefreshGrant): The credentials to exchange
            for tokens.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OAuthError | Problem | Token]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: MfaGrant | PasskeyGrant | PasswordGrant | RefreshGrant,
) -> OAuthError | Problem | Token | None:
    """Issue tokens

     Exchanges a username or e-mail address and a password for tokens and starts a session, or exchanges
    a refresh token for the session's next tokens. A refresh token can be used once; the response
    contains its successor. If a used token is sent again within 10 seconds, or later while its
    successor is unused, the response contains the same successor again. Any later reuse revokes the
    session, because two clients hold the token.

    For a user with a second factor, the right password is answered with the error `mfa_required`: it
    has an `mfa_token`, which is valid for five minutes, and the methods that the user can choose from.
    The session starts when the grant `urn:usher:grant:mfa` proves one of them with that token. After
    five wrong proofs the token is spent.

    The grant `urn:usher:grant:passkey` starts a session with a passkey that has verified its user,
    without a password. `sign-in-with-passkey` returns the options and the ceremony for both grants.

    Args:
        body (MfaGrant | PasskeyGrant | PasswordGrant | RefreshGrant): The credentials to exchange
            for tokens.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OAuthError | Problem | Token
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed

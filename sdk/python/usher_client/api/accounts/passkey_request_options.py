from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.o_auth_error import OAuthError
from ...models.passkey_options_request import PasskeyOptionsRequest
from ...models.passkey_request_options import PasskeyRequestOptions
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: PasskeyOptionsRequest | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/oauth/passkey-options",
    }

    if not isinstance(body, Unset):
        _kwargs["data"] = body.to_dict()
    headers["Content-Type"] = "application/x-www-form-urlencoded"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> OAuthError | PasskeyRequestOptions | Problem | None:
    if response.status_code == 200:
        response_200 = PasskeyRequestOptions.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = OAuthError.from_dict(response.json())

        return response_400

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

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
) -> Response[OAuthError | PasskeyRequestOptions | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: PasskeyOptionsRequest | Unset = UNSET,
) -> Response[OAuthError | PasskeyRequestOptions | Problem]:
    """Begin to sign in with a passkey

     Returns the options for a proof by a passkey, and a ceremony that is good for one sign-in, within
    five minutes: with `mfa_token` for the grant `urn:usher:grant:mfa`, with the user's passkeys;
    without it for the grant `urn:usher:grant:passkey`, which needs no password, with any passkey that
    verifies its user. In a browser, give `public_key` to
    `PublicKeyCredential.parseRequestOptionsFromJSON` and the result to `navigator.credentials.get`;
    send what `toJSON` of the credential returns. The number of requests per client is limited.

    Args:
        body (PasskeyOptionsRequest | Unset): Nothing, or the token of a sign-in that waits for a
            second factor.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OAuthError | PasskeyRequestOptions | Problem]
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
    body: PasskeyOptionsRequest | Unset = UNSET,
) -> OAuthError | PasskeyRequestOptions | Problem | None:
    """Begin to sign in with a passkey

     Returns the options for a proof by a passkey, and a ceremony that is good for one sign-in, within
    five minutes: with `mfa_token` for the grant `urn:usher:grant:mfa`, with the user's passkeys;
    without it for the grant `urn:usher:grant:passkey`, which needs no password, with any passkey that
    verifies its user. In a browser, give `public_key` to
    `PublicKeyCredential.parseRequestOptionsFromJSON` and the result to `navigator.credentials.get`;
    send what `toJSON` of the credential returns. The number of requests per client is limited.

    Args:
        body (PasskeyOptionsRequest | Unset): Nothing, or the token of a sign-in that waits for a
            second factor.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OAuthError | PasskeyRequestOptions | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: PasskeyOptionsRequest | Unset = UNSET,
) -> Response[OAuthError | PasskeyRequestOptions | Problem]:
    """Begin to sign in with a passkey

     Returns the options for a proof by a passkey, and a ceremony that is good for one sign-in, within
    five minutes: with `mfa_token` for the grant `urn:usher:grant:mfa`, with the user's passkeys;
    without it for the grant `urn:usher:grant:passkey`, which needs no password, with any passkey that
    verifies its user. In a browser, give `public_key` to
    `PublicKeyCredential.parseRequestOptionsFromJSON` and the result to `navigator.credentials.get`;
    send what `toJSON` of the credential returns. The number of requests per client is limited.

    Args:
        body (PasskeyOptionsRequest | Unset): Nothing, or the token of a sign-in that waits for a
            second factor.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[OAuthError | PasskeyRequestOptions | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: PasskeyOptionsRequest | Unset = UNSET,
) -> OAuthError | PasskeyRequestOptions | Problem | None:
    """Begin to sign in with a passkey

     Returns the options for a proof by a passkey, and a ceremony that is good for one sign-in, within
    five minutes: with `mfa_token` for the grant `urn:usher:grant:mfa`, with the user's passkeys;
    without it for the grant `urn:usher:grant:passkey`, which needs no password, with any passkey that
    verifies its user. In a browser, give `public_key` to
    `PublicKeyCredential.parseRequestOptionsFromJSON` and the result to `navigator.credentials.get`;
    send what `toJSON` of the credential returns. The number of requests per client is limited.

    Args:
        body (PasskeyOptionsRequest | Unset): Nothing, or the token of a sign-in that waits for a
            second factor.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        OAuthError | PasskeyRequestOptions | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed

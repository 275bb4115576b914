"""A library that knows RFC 6749 only reports that a second factor is required."""

import json
import sys
from urllib.parse import urljoin

import pyotp
from oauthlib.oauth2 import LegacyApplicationClient
from oauthlib.oauth2.rfc6749.errors import CustomOAuth2Error
from requests_oauthlib import OAuth2Session
from second_factors import created, registered, succeeded


def walk(entry: str, ada: dict) -> None:
    service = registered(entry, ada)
    token_url = urljoin(entry, service.get()["_links"]["token"]["href"])

    def sign_in() -> dict:
        session = OAuth2Session(client=LegacyApplicationClient(client_id="usher"))
        return session.fetch_token(token_url, username=ada["username"], password=ada["password"])

    assert sign_in()["token_type"] == "Bearer"

    session = service.session(ada)
    enrolled = created(session.follow(session.factors(), "enrol-totp"))
    code = pyotp.parse_uri(enrolled["otpauth_uri"]).now()
    succeeded(session.follow(enrolled, "confirm", {"code": code}))
    try:
        sign_in()
        raise AssertionError("signed in without the second factor")
    except CustomOAuth2Error as error:
        assert error.error == "mfa_required", error
        assert "second factor" in error.description, error.description


walk(**json.loads(sys.argv[1]))

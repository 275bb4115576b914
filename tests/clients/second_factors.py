"""Requests that the judges of second factors share. They follow the links of the service."""

import json
from typing import Any
from urllib.parse import urljoin

import requests


class Service:
    """The service at its entry; with a token as the user who has it."""

    def __init__(self, entry: str, token: str = "") -> None:
        self.entry = entry
        self.root: dict[str, Any] = {}
        self.http = requests.Session()
        if token:
            self.http.headers["Authorization"] = f"Bearer {token}"

    def get(self, href: str = "") -> dict[str, Any]:
        answer = self.http.get(urljoin(self.entry, href) if href else self.entry)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def follow(self, resource: dict[str, Any], relation: str, body: dict[str, Any] | None = None) -> requests.Response:
        link = resource["_links"][relation]
        return self.http.request(link.get("method", "GET"), urljoin(self.entry, link["href"]), json=body)

    def form(self, relation: str, **fields: str) -> requests.Response:
        """Sends one of the forms of the root."""
        self.root = self.root or self.get()
        return self.http.post(urljoin(self.entry, self.root["_links"][relation]["href"]), data=fields)

    def sign_in(self, account: dict[str, str]) -> requests.Response:
        return self.form("token", grant_type="password", username=account["username"], password=account["password"])

    def session(self, account: dict[str, str]) -> "Service":
        """A new session of a user who needs no second factor."""
        answer = self.sign_in(account)
        assert answer.status_code == 200, answer.text
        return Service(self.entry, answer.json()["access_token"])

    def second_step(self, account: dict[str, str], **proof: str) -> requests.Response:
        first = self.sign_in(account)
        assert first.status_code == 400 and first.json()["error"] == "mfa_required", first.text
        return self.form("token", grant_type="urn:usher:grant:mfa", mfa_token=first.json()["mfa_token"], **proof)

    def factors(self) -> dict[str, Any]:
        me = self.get(self.get()["_links"]["me"]["href"])
        return self.get(me["_links"]["factors"]["href"])


def registered(entry: str, account: dict[str, str]) -> Service:
    """The service, with this new user."""
    service = Service(entry)
    answer = service.follow(service.get(), "register", account)
    assert answer.status_code == 201, answer.text
    return service


def created(answer: requests.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    return answer.json()


def succeeded(answer: requests.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(answer: requests.Response, *expected: str) -> None:
    """The answer is a 400 with one of these codes, of an OAuth error or of an input."""
    body = answer.json()
    codes = [body.get("code", body.get("error")), *(fault["code"] for fault in body.get("errors", []))]
    assert answer.status_code == 400 and set(codes) & set(expected), json.dumps(body)

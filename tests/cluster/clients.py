"""Clients of the service. They do not retry, so that no failure is hidden."""

import http.client
import json
import time
import urllib.parse
from dataclasses import dataclass

PASSWORD = "correct-horse-battery"
# Longer than any response may take.
REQUEST_TIMEOUT = 40


@dataclass
class Answer:
    """The result of a request: status 503 if it was refused for now, 0 if its connection broke."""

    status: int
    body: dict
    # When it was sent, by `time.monotonic`.
    asked: float
    # What was wrong with the response.
    fault: str = ""


class Client:
    """Sends requests to one address over a persistent connection, with or without a token."""

    def __init__(self, url: str) -> None:
        self.address = urllib.parse.urlsplit(url).netloc
        self.connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, token: str = "", body: dict | None = None, form: dict | None = None) -> Answer:
        headers, content = {}, None
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"], content = "application/json", json.dumps(body)
        if form is not None:
            headers["Content-Type"], content = "application/x-www-form-urlencoded", urllib.parse.urlencode(form)
        asked = time.monotonic()
        try:
            if not self.connection:
                self.connection = http.client.HTTPConnection(self.address, timeout=REQUEST_TIMEOUT)
            self.connection.request(method, path, content, headers)
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as broken:
            self.close()
            return Answer(0, {"broken": repr(broken)}, asked)
        fault = ""
        if response.status == 503 and not response.headers.get("Retry-After", "").isdigit():
            fault = f"503 without Retry-After: {text!r}"
        if response.headers.get("Content-Type", "").endswith("json"):
            return Answer(response.status, json.loads(text), asked, fault)
        return Answer(response.status, {}, asked, fault)

    def register(self, name: str) -> Answer:
        return self.ask("POST", "/v1/register", body={"username": name, **_person(name)})

    def sign_in(self, name: str, password: str = PASSWORD) -> Answer:
        return self.ask("POST", "/v1/oauth/token", form={"grant_type": "password", "username": name, "password": password})

    def create_admin(self, name: str, token: str) -> Answer:
        return self.ask("POST", "/v1/users", token, {"username": name, "role": "admin", **_person(name)})

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None


def _person(name: str) -> dict:
    return {"email": f"{name}@example.com", "password": PASSWORD}

"""Walks from the root of a service with ContentGrid's client; fails if a result differs from the expectation."""

import json
import sys

from contentgrid_hal_client.exceptions import MissingHALTemplate
from contentgrid_hal_client.hal import HALFormsClient, HALResponse
from contentgrid_hal_client.security import AuthenticationManager
from contentgrid_hal_client.token_utils import TokenResponseData


class Somebody(AuthenticationManager):
    """Signs in with the form of the root, whenever the client needs a token."""

    def __init__(self, entry: str, username: str, password: str) -> None:
        super().__init__(resources=[entry])
        self.entry, self.username, self.password = entry, username, password

    def for_url(self, url: str) -> AuthenticationManager:
        return self

    def _fetch_access_token(self) -> TokenResponseData:
        client = nobody(self.entry)
        return TokenResponseData(**submit(client, root(client), "token", username=self.username, password=self.password))


def nobody(entry: str) -> HALFormsClient:
    # Without an authentication handler the client expects a cookie, which the service does not have.
    return HALFormsClient(entry, session_cookie="none")


def somebody(entry: str, username: str, password: str) -> HALFormsClient:
    return HALFormsClient(entry, auth_manager=Somebody(entry, username, password))


def root(client: HALFormsClient) -> HALResponse:
    return HALResponse(client.get("").json())


def submit(client: HALFormsClient, resource: HALResponse, name: str, **typed: str) -> dict | None:
    """Fills in a form with the given values, and otherwise with those that it shows."""
    template = resource.get_template(name)
    values = {field.name: typed.pop(field.name, field.value) for field in template.properties}
    assert not typed, f"{name} has no field for {typed}"
    values = {name: value for name, value in values.items() if value is not None}
    kind = "data" if template.contentType == "application/x-www-form-urlencoded" else "json"
    response = client.get_method_from_string(template.method.value)(template.target, **{kind: values})
    client._validate_non_json_response(response)
    return response.json() if response.content else None


def walk(entry: str, admin: dict, ada: dict, new_password: str) -> None:
    stranger = nobody(entry)
    submit(stranger, root(stranger), "register", **ada)

    client = somebody(entry, ada["username"], ada["password"])
    me = client.follow_link(root(client).get_link("me"))
    me = HALResponse(submit(client, me, "update", username="countess"))
    assert me.data["username"] == "countess", me
    submit(client, me, "change-password", current_password=ada["password"], new_password=new_password)

    client = somebody(entry, **admin)
    page = client.follow_link(root(client).get_link("users"))
    search = page.get_link("search").expand_template(q="countess", limit=1)
    [user] = HALResponse(client.get(search).json()).get_embedded_objects_by_key("users")
    user = HALResponse(submit(client, user, "update", role="admin"))
    assert user.data["role"] == "admin", user
    user = HALResponse(submit(client, user, "suspend"))
    assert user.data["status"] == "suspended", user
    try:
        user.get_template("suspend")
        raise AssertionError("a suspended user can be suspended")
    except MissingHALTemplate:
        pass
    user = HALResponse(submit(client, user, "reactivate"))
    submit(client, user, "delete")
    assert client.follow_link(user.get_link("collection")).data["total"] == 1


walk(**json.loads(sys.argv[1]))

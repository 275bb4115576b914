"""The callers, and further checks of each response. `USHER_CALLER` selects the caller: `nobody`, `user` or `admin`.

A caller that deletes, suspends, demotes or signs out itself is refused from then on, as it must be; a new one takes over."""

import os
import re
import secrets
import subprocess

import requests
import schemathesis
from schemathesis.openapi.checks import UseAfterFree

CALLER = os.environ["USHER_CALLER"]
URL = os.environ["USHER_URL"]
PASSWORD = "analytical-engine-1843"


def sign_up() -> str:
    """Creates a new user or admin, and returns the name."""
    name = f"{CALLER}-{secrets.token_hex(6)}"
    email = f"{name}@example.com"
    if CALLER == "admin":
        # From the shell, which works even if earlier admins were demoted or deleted.
        command = [os.environ["USHER"], "user", "create", "--role", "admin", name, email]
        subprocess.run(command, input=PASSWORD, text=True, check=True, stdout=subprocess.DEVNULL)
    else:
        account = {"username": name, "email": email, "password": PASSWORD}
        requests.post(f"{URL}/v1/register", json=account, timeout=10).raise_for_status()
    return name


@schemathesis.auth().apply_to(operation_id="introspect_token")
class Service:
    """A service that may introspect tokens."""

    def get(self, case, context):
        return requests.auth.HTTPBasicAuth(*os.environ["USHER_INTROSPECTION_CLIENTS"].split(":"))

    def set(self, case, credential, context):
        case._auth = credential


class Member:
    """A user or an admin; a new one if the previous one has lost access."""

    token = None

    def get(self, case, context):
        if self.role() != CALLER:
            grant = {"grant_type": "password", "username": sign_up(), "password": PASSWORD}
            answer = requests.post(f"{URL}/v1/oauth/token", data=grant, timeout=10)
            answer.raise_for_status()
            self.token = answer.json()["access_token"]
        return self.token

    def role(self):
        answer = requests.get(f"{URL}/v1/me", headers={"Authorization": f"Bearer {self.token}"}, timeout=10)
        return answer.json().get("role")

    def set(self, case, token, context):
        case.headers["Authorization"] = f"Bearer {token}"


if CALLER != "nobody":
    schemathesis.auth(refresh_interval=None).skip_for(operation_id="introspect_token")(Member)


@schemathesis.hook
def map_body(context, body):
    """Gives most users a unique name: otherwise most names would be taken, and chains would end early."""
    if isinstance(body, dict) and secrets.randbelow(4):
        for field in ("username", "email"):
            if re.fullmatch(r"ada(@example\.com)?", str(body.get(field))):
                body = {**body, field: body[field].replace("ada", f"ada-{secrets.token_hex(6)}")}
    return body


# Faults of a field that conforms to its schema.
UNSAYABLE = {
    # NFKC, scripts and invisible characters: the pattern covers ASCII only.
    "/username": {"invisible_character", "bad_start", "bad_character", "mixed_scripts", "too_short", "too_long"},
    # The same, bytes instead of characters, and the labels of a domain.
    "/email": {"invisible_character", "bad_start", "bad_email", "bad_domain", "too_long"},
    # Common passwords.
    "/password": {"too_common", "too_weak", "too_personal", "too_long", "contains_nul"},
    "/new_password": {"too_common", "too_weak", "too_personal", "too_long", "contains_nul"},
    # Only the database knows.
    "/current_password": {"wrong_password", "required", "not_writable"},
    "/token": {"bad_token"},
    # Depends on whose user it is, and only the database knows the roles.
    "/role": {"not_writable", "unknown_option"},
    # Depends on who created it.
    "/cursor": {"invalid_cursor"},
    # A password alone changes nothing.
    "": {"empty"},
}
OAUTH = {"invalid_grant"}


@schemathesis.check
def refused_only_for_what_no_schema_can_say(ctx, response, case):
    """A request that conforms to the document gets a 400 only for reasons that a schema cannot express."""
    if response.status_code != 400 or not case.meta or not case.meta.generation.mode.is_positive:
        return
    problem = response.json()
    if problem.get("error") in OAUTH:
        return
    faults = [(fault["pointer"], fault["code"]) for fault in problem.get("errors", [])]
    unsaid = [fault for fault in faults if fault[1] not in UNSAYABLE.get(fault[0], ())]
    assert faults and not unsaid, f"keeps to the document, and is refused: {unsaid or problem}"


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Deleting all sessions empties the list, but does not delete it."""
    return not (isinstance(failure, UseAfterFree) and failure.free.endswith("/sessions"))

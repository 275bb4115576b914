"""The whole tour against a real service: `sdk/with-service sdk/python/test`."""

import os
import time

import pytest
from pyotp.totp import TOTP

from usher_client import AuthenticatedClient, Client, Refusal, granted, pages
from usher_client.api.accounts import issue_token, register_user
from usher_client.api.audit import list_audit_events
from usher_client.api.factors import confirm_totp, enrol_totp, list_factors
from usher_client.api.service import get_root
from usher_client.api.sessions import step_up
from usher_client.api.users import create_user, delete_user, get_me, list_users, update_user
from usher_client.models import (
    AuditSort,
    LinkMethod,
    MfaGrant,
    PasswordGrant,
    Problem,
    RefreshGrant,
    Registration,
    StepUpProof,
    Token,
    TotpConfirmation,
    TotpEnrolment,
    User,
    UserChanges,
    UserCreation,
    UserSort,
)
from usher_client.types import UNSET, Unset

URL = os.environ["USHER_URL"]
NOBODY = Client(URL, raise_on_unexpected_status=True)


def speaking_with(token: Token) -> AuthenticatedClient:
    return AuthenticatedClient(URL, token=token.access_token, raise_on_unexpected_status=True)


def sign_in(username: str, password: str) -> Token:
    grant = PasswordGrant(grant_type="password", username=username, password=password)
    return granted(issue_token.sync(client=NOBODY, body=grant))


@pytest.fixture
def admin() -> AuthenticatedClient:
    return speaking_with(sign_in("admin", os.environ["USHER_ADMIN_PASSWORD"]))


def test_a_user_registers_signs_in_stays_signed_in_changes_and_goes() -> None:
    registration = Registration(username="bea", email="bea@example.com", password="analytical-engine")
    registered = granted(register_user.sync(client=NOBODY, body=registration))
    assert registered.role == "user"
    assert not isinstance(registered.hal_links.token, Unset)
    assert registered.hal_links.token.method is LinkMethod.POST

    token = sign_in("bea", "analytical-engine")
    refresh = RefreshGrant(grant_type="refresh_token", refresh_token=token.refresh_token)
    following = granted(issue_token.sync(client=NOBODY, body=refresh))
    assert following.refresh_token != token.refresh_token
    bea = speaking_with(following)
    assert not isinstance(granted(get_root.sync(client=bea)).hal_links.me, Unset)

    me = get_me.sync_detailed(client=bea)
    user = granted(me.parsed)
    assert user.id == registered.id
    assert not isinstance(user.hal_links.update, Unset)
    assert user.hal_links.update.method is LinkMethod.PATCH
    assert user.hal_links.suspend is UNSET

    etag = me.headers["etag"]
    changed = update_user.sync(user.id, client=bea, body=UserChanges(username="beatrice"), if_match=etag)
    assert isinstance(changed, User)
    assert changed.username == "beatrice"
    late = update_user.sync(user.id, client=bea, body=UserChanges(username="bea"), if_match=etag)
    assert isinstance(late, Problem)
    assert (late.status, late.code) == (412, "precondition_failed")

    granted(delete_user.sync(user.id, client=bea))
    gone = get_me.sync(client=bea)
    assert isinstance(gone, Problem)
    assert (gone.status, gone.code) == (401, "invalid_token")


def test_what_is_wrong_with_the_input_is_told_all_at_once_in_types() -> None:
    answer = register_user.sync(client=NOBODY, body=Registration(username="x", email="nowhere", password="short"))
    assert isinstance(answer, Problem)
    assert answer.code == "invalid_input"
    assert not isinstance(answer.errors, Unset)
    assert sorted(fault.pointer for fault in answer.errors) == ["/email", "/password", "/username"]
    with pytest.raises(Refusal) as refusal:
        granted(answer)
    assert refusal.value.code == "invalid_input"


def test_a_sign_in_that_is_refused_is_an_oauth_error() -> None:
    with pytest.raises(Refusal) as refusal:
        sign_in("nobody-at-all", "analytical-engine")
    assert refusal.value.code == "invalid_grant"


def test_a_user_with_a_second_factor_signs_in_in_two_steps_and_proves_it_again_where_that_is_needed() -> None:
    password = "difference-engine"
    registration = Registration(username="joan", email="joan@example.com", password=password)
    user = granted(register_user.sync(client=NOBODY, body=registration))
    joan = speaking_with(sign_in("joan", password))
    earlier = speaking_with(sign_in("joan", password))

    now = int(time.time())
    enrolled = granted(enrol_totp.sync(user.id, client=joan, body=TotpEnrolment(name="phone")))
    app = TOTP(enrolled.secret)
    confirmation = TotpConfirmation(code=app.at(now))
    confirmed = granted(confirm_totp.sync(user.id, enrolled.id, client=joan, body=confirmation))
    assert not isinstance(confirmed.recovery_codes, Unset)
    first = granted(list_factors.sync(user.id, client=joan))
    types = [factor.type_ for page in pages(joan, first) for factor in page.hal_embedded.factors]
    assert sorted(types) == ["recovery_codes", "totp"]

    with pytest.raises(Refusal, match="second factor") as required:
        sign_in("joan", password)
    assert required.value.code == "mfa_required"
    assert required.value.oauth is not None
    assert required.value.oauth.mfa_methods == ["totp", "recovery_code"]
    mfa_token = required.value.oauth.mfa_token
    assert not isinstance(mfa_token, Unset)

    def second_step(otp: str) -> Token:
        grant = MfaGrant(grant_type="urn:usher:grant:mfa", mfa_token=mfa_token, otp=otp)
        return granted(issue_token.sync(client=NOBODY, body=grant))

    with pytest.raises(Refusal) as used:
        second_step(app.at(now))
    assert used.value.code == "invalid_grant"
    assert used.value.oauth is not None
    assert used.value.oauth.code == "wrong_code"
    token = second_step(app.at(now + app.interval))
    assert granted(get_me.sync(client=speaking_with(token))).username == "joan"

    # The first factor has made the other session stale.
    stale = enrol_totp.sync(user.id, client=earlier)
    assert isinstance(stale, Problem)
    assert (stale.status, stale.code) == (401, "insufficient_user_authentication")
    proof = StepUpProof(password=password, recovery_code=confirmed.recovery_codes[0])
    assert "mfa" in granted(step_up.sync(client=earlier, body=proof)).methods
    granted(enrol_totp.sync(user.id, client=earlier))


def test_an_admin_walks_the_list_by_its_links(admin: AuthenticatedClient) -> None:
    names = [f"strider-{n}" for n in range(1, 6)]
    for name in names:
        granted(create_user.sync(client=admin, body=UserCreation(username=name, email=f"{name}@example.com")))
    first = granted(list_users.sync(client=admin, q="strider-", sort=UserSort.USERNAME_DESCENDING, limit=2))
    assert first.total == len(names)
    walked = [[user.username for user in page.hal_embedded.users] for page in pages(admin, first)]
    assert [len(page) for page in walked] == [2, 2, 1]
    assert [name for page in walked for name in page] == names[::-1]


def test_audit_events_are_pages_too(admin: AuthenticatedClient) -> None:
    signed_in = "signed_in"
    first = granted(list_audit_events.sync(client=admin, action=signed_in, sort=AuditSort.AT, limit=1))
    events = [event for page in pages(admin, first) for event in page.hal_embedded.audit_events]
    assert len(events) > 1
    assert all(event.action == signed_in for event in events)
    assert [event.at for event in events] == sorted(event.at for event in events)

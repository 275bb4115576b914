"""One-time codes by pyotp and oathtool; fails if the service does not agree with them."""

import json
import subprocess
import sys
import time

import pyotp
from second_factors import created, refused, registered, succeeded

PERIOD = 30
# Time in which the requests up to a code are sent, in seconds.
MARGIN = 15


def oathtool(secret: str, at: float) -> str:
    command = ["oathtool", "--totp", "--base32", f"--now=@{int(at)}", secret]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def early_in_a_period() -> float:
    """The time, early enough in a period that the period lasts for some requests."""
    if (left := PERIOD - time.time() % PERIOD) < MARGIN:
        time.sleep(left)
    return time.time()


def walk(entry: str, ada: dict) -> None:
    service = registered(entry, ada)
    session, other = service.session(ada), service.session(ada)

    enrolled = created(session.follow(session.factors(), "enrol-totp", {"name": "phone"}))
    app = pyotp.parse_uri(enrolled["otpauth_uri"])
    assert isinstance(app, pyotp.TOTP), app
    assert app.secret == enrolled["secret"], "the URI has another secret"
    assert (app.name, app.issuer) == (ada["username"], "usher"), (app.name, app.issuer)
    assert (app.digits, app.interval, app.digest().name) == (6, PERIOD, "sha1"), vars(app)
    assert len(app.byte_secret()) == 20, "RFC 4226 recommends 160 bits"

    now = early_in_a_period()
    codes = {step: app.at(now + step * PERIOD) for step in range(-2, 3)}
    assert codes == {step: oathtool(app.secret, now + step * PERIOD) for step in codes}, "pyotp and oathtool differ"

    # Each code is accepted once, and none before the last one that was accepted.
    accepted = set(codes[step] for step in (-1, 0, 1))
    if codes[-2] not in accepted:
        refused(session.follow(enrolled, "confirm", {"code": codes[-2]}), "wrong_code")
    confirmed = succeeded(session.follow(enrolled, "confirm", {"code": codes[-1]}))
    assert confirmed["confirmed"] and len(confirmed["recovery_codes"]) == 10, confirmed
    for wrong in (codes[-1], codes[2]):
        if wrong not in (codes[0], codes[1]):
            refused(service.second_step(ada, otp=wrong), "wrong_code")
    token = succeeded(service.second_step(ada, otp=oathtool(app.secret, now)))
    assert token["token_type"] == "Bearer", token
    refused(service.second_step(ada, otp=codes[0]), "wrong_code")

    # The other session is from before the first factor, so it is not fresh.
    root = other.get()
    assert "enrol-totp" not in other.factors()["_links"]
    refused(other.follow(root, "step-up", {"password": ada["password"], "otp": codes[0]}), "wrong_code")
    succeeded(other.follow(root, "step-up", {"password": ada["password"], "otp": codes[1]}))
    assert "enrol-totp" in other.factors()["_links"]
    assert time.time() // PERIOD == now // PERIOD, "the requests took too long"


walk(**json.loads(sys.argv[1]))

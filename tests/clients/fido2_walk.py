"""Passkeys of an authenticator in software, made of the types of python-fido2; fails if the service does not agree with its server."""

import hashlib
import json
import secrets
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256, RS256, CoseKey, EdDSA
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialRequestOptions,
    PublicKeyCredentialRpEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from second_factors import Service, created, refused, registered, succeeded

FLAG = AuthenticatorData.FLAG
VERIFIED = FLAG.UP | FLAG.UV
CREATE, GET = CollectedClientData.TYPE.CREATE, CollectedClientData.TYPE.GET


class Es256Key:
    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.public: CoseKey = ES256.from_cryptography_key(self.key.public_key())

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, ec.ECDSA(SHA256()))


class EdDsaKey:
    def __init__(self) -> None:
        self.key = ed25519.Ed25519PrivateKey.generate()
        self.public: CoseKey = EdDSA.from_cryptography_key(self.key.public_key())

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


class Rs256Key:
    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.public: CoseKey = RS256.from_cryptography_key(self.key.public_key())

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message, padding.PKCS1v15(), SHA256())


@dataclass
class Passkey:
    """A credential, and what the authenticator says when it uses it."""

    rp_id: str
    origin: str
    key: Es256Key | EdDsaKey | Rs256Key
    flags: FLAG = VERIFIED
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""

    @property
    def credential(self) -> AttestedCredentialData:
        return AttestedCredentialData.create(bytes(16), self.id, self.key.public)

    def client_data(self, changes: dict[str, Any], **data: Any) -> CollectedClientData:
        return CollectedClientData.create(**{"origin": self.origin, **data, **changes})

    def authenticator_data(self, flags: FLAG, rp_id: str | None = None, credential: bytes = b"") -> AuthenticatorData:
        rp_id_hash = hashlib.sha256((rp_id or self.rp_id).encode()).digest()
        return AuthenticatorData.create(rp_id_hash, flags, self.count, credential)

    def create(self, options: PublicKeyCredentialCreationOptions, rp_id: str | None = None, **changes: Any) -> RegistrationResponse:
        self.user_handle = options.user.id
        data = self.authenticator_data(self.flags | FLAG.AT, rp_id, self.credential)
        return RegistrationResponse(
            raw_id=self.id,
            response=AuthenticatorAttestationResponse(
                client_data=self.client_data(changes, type=CREATE, challenge=options.challenge),
                attestation_object=AttestationObject.create("none", data, {}),
            ),
        )

    def get(
        self,
        options: PublicKeyCredentialRequestOptions,
        flags: FLAG | None = None,
        rp_id: str | None = None,
        user_handle: bytes | None = None,
        **changes: Any,
    ) -> AuthenticationResponse:
        client_data = self.client_data(changes, type=GET, challenge=options.challenge)
        data = self.authenticator_data(self.flags if flags is None else flags, rp_id)
        return AuthenticationResponse(
            raw_id=self.id,
            response=AuthenticatorAssertionResponse(
                client_data=client_data,
                authenticator_data=data,
                signature=self.key.sign(data + client_data.hash),
                user_handle=user_handle or self.user_handle,
            ),
        )


@dataclass
class Judge:
    """The server of python-fido2 for the same relying party; it must come to the same decisions."""

    rp_id: str
    origin: str

    def __post_init__(self) -> None:
        rp = PublicKeyCredentialRpEntity(name=self.rp_id, id=self.rp_id)
        self.server = Fido2Server(rp, attestation="none", verify_origin=lambda origin: origin == self.origin)

    def creates(self, options: PublicKeyCredentialCreationOptions, response: RegistrationResponse) -> AuthenticatorData:
        selection = options.authenticator_selection
        assert selection
        _, state = self.server.register_begin(
            options.user, user_verification=selection.user_verification, challenge=options.challenge
        )
        return self.server.register_complete(state, response)

    def accepts(self, options: PublicKeyCredentialRequestOptions, passkey: Passkey, response: AuthenticationResponse) -> bool:
        _, state = self.server.authenticate_begin(
            [passkey.credential], user_verification=options.user_verification, challenge=options.challenge
        )
        try:
            self.server.authenticate_complete(state, [passkey.credential], response)
        except ValueError:
            return False
        return True


def creation_options(answer: dict[str, Any], judge: Judge, known: Iterable[Passkey]) -> PublicKeyCredentialCreationOptions:
    options = PublicKeyCredentialCreationOptions.from_dict(answer["public_key"])
    assert options.rp.id == judge.rp_id
    assert len(options.challenge) >= 16 and 16 <= len(options.user.id) <= 64
    assert options.attestation == "none"
    assert [parameters.alg for parameters in options.pub_key_cred_params] == [-7, -8, -257]
    assert options.authenticator_selection
    assert options.authenticator_selection.resident_key == ResidentKeyRequirement.REQUIRED
    assert {descriptor.id for descriptor in options.exclude_credentials or ()} == {passkey.id for passkey in known}
    assert dict(options) == answer["public_key"], "its types have no place for something"
    return options


def request_options(answer: dict[str, Any], judge: Judge, allowed: Iterable[Passkey] | None) -> PublicKeyCredentialRequestOptions:
    options = PublicKeyCredentialRequestOptions.from_dict(answer["public_key"])
    assert options.rp_id == judge.rp_id and len(options.challenge) >= 16
    assert dict(options) == answer["public_key"], "its types have no place for something"
    if allowed is None:
        assert not options.allow_credentials
        assert options.user_verification == UserVerificationRequirement.REQUIRED
    else:
        assert {descriptor.id for descriptor in options.allow_credentials or ()} == {passkey.id for passkey in allowed}
        assert options.user_verification == UserVerificationRequirement.PREFERRED
    return options


def enrol(
    session: Service, judge: Judge, passkey: Passkey, known: Iterable[Passkey], wrong: dict[str, Any] | None = None
) -> requests.Response:
    """Tries to enrol the passkey; the judge must accept it, unless something about it is `wrong`."""
    offered = succeeded(session.follow(session.factors(), "passkey-options"))
    options = creation_options(offered, judge, known)
    response = passkey.create(options, **(wrong or {}))
    body = {"ceremony": offered["ceremony"], "credential": response, "name": type(passkey.key).__name__}
    if wrong is None:
        data = judge.creates(options, response)
        assert data.credential_data and data.credential_data.credential_id == passkey.id
    return session.follow(offered, "enrol-passkey", json_body(body))


@dataclass
class SignIn:
    """A ceremony for signing in without a password. What is refused does not spend it."""

    service: Service
    judge: Judge
    passkey: Passkey

    def __post_init__(self) -> None:
        offered = succeeded(self.service.form("sign-in-with-passkey"))
        self.ceremony = offered["ceremony"]
        self.options = request_options(offered, self.judge, None)

    def send(self, response: AuthenticationResponse) -> requests.Response:
        fields = {"grant_type": "urn:usher:grant:passkey", "ceremony": self.ceremony}
        return self.service.form("token", **fields, credential=text(response))

    def accepted(self) -> dict[str, Any]:
        response = self.passkey.get(self.options)
        assert self.judge.accepts(self.options, self.passkey, response)
        return succeeded(self.send(response))


def text(response: Any) -> str:
    """The response in the JSON of the standard."""
    return json.dumps(response, default=dict)


def json_body(body: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(body, default=dict))


def with_bit_flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def refuses_every_changed_bit(sign_in: SignIn) -> None:
    """No bit of the signature and of the authenticator data can be changed."""
    credential = json.loads(text(sign_in.passkey.get(sign_in.options)))
    response = dict(credential["response"])
    fields = {"grant_type": "urn:usher:grant:passkey", "ceremony": sign_in.ceremony}
    for name in ("signature", "authenticatorData"):
        data = websafe_decode(response[name])
        for bit in range(8 * len(data)):
            credential["response"] = {**response, name: websafe_encode(with_bit_flipped(data, bit))}
            answer = sign_in.service.form("token", **fields, credential=json.dumps(credential))
            refused(answer, "invalid_grant")
    succeeded(sign_in.service.form("token", **fields, credential=json.dumps({**credential, "response": response})))


def refuses_what_the_judge_refuses(sign_in: SignIn) -> None:
    """The same decision for signed assertions that say something wrong."""
    get, rp_id, origin = sign_in.passkey.get, sign_in.judge.rp_id, sign_in.judge.origin
    options = sign_in.options
    wrong: dict[str, AuthenticationResponse] = {
        "another origin": get(options, origin="https://example.com"),
        "another port": get(options, origin=origin + "1"),
        "another scheme": get(options, origin=origin.replace("http:", "https:")),
        "an origin in a path": get(options, origin=origin + "/"),
        "another relying party": get(options, rp_id="example.com"),
        "a subdomain as relying party": get(options, rp_id=f"login.{rp_id}"),
        "another challenge": get(options, challenge=secrets.token_bytes(32)),
        "the type of an enrolment": get(options, type=CREATE),
        "no user presence": get(options, flags=FLAG.UV),
        "no user verification": get(options, flags=FLAG.UP),
        "no flags": get(options, flags=FLAG(0)),
    }
    for what, response in wrong.items():
        assert not sign_in.judge.accepts(options, sign_in.passkey, response), what
        refused(sign_in.send(response), "invalid_grant")
    # Its server leaves these to its caller.
    more: dict[str, AuthenticationResponse] = {
        "in a frame of another site": get(options, cross_origin=True),
        "backed up without being eligible": get(options, flags=VERIFIED | FLAG.BS),
        "eligible for a backup since": get(options, flags=VERIFIED | FLAG.BE),
        "the handle of another user": get(options, user_handle=secrets.token_bytes(64)),
        "a key of somebody else": Passkey(rp_id, origin, Es256Key(), user_handle=sign_in.passkey.user_handle).get(options),
    }
    for response in more.values():
        refused(sign_in.send(response), "invalid_grant")


def refuses_wrong_enrolments(session: Service, judge: Judge, known: Iterable[Passkey]) -> None:
    def passkey(**changes: Any) -> Passkey:
        return Passkey(**{"rp_id": judge.rp_id, "origin": judge.origin, "key": Es256Key(), **changes})

    known = list(known)
    for wrong in (
        {"origin": "https://example.com"},
        {"rp_id": "example.com"},
        {"challenge": secrets.token_bytes(32)},
        {"type": GET},
        {"cross_origin": True},
    ):
        refused(enrol(session, judge, passkey(), known, wrong), "invalid_credential")
    for unfit in (passkey(flags=FLAG.UV), passkey(flags=VERIFIED | FLAG.BS), passkey(id=known[0].id)):
        refused(enrol(session, judge, unfit, known, wrong={}), "invalid_credential")


def second_step(service: Service, judge: Judge, passkey: Passkey, passkeys: list[Passkey], ada: dict[str, str]) -> None:
    first = service.sign_in(ada).json()
    assert first["error"] == "mfa_required" and "passkey" in first["mfa_methods"], first
    offered = succeeded(service.form("sign-in-with-passkey", mfa_token=first["mfa_token"]))
    options = request_options(offered, judge, passkeys)
    fields = {"grant_type": "urn:usher:grant:mfa", "mfa_token": first["mfa_token"], "ceremony": offered["ceremony"]}
    wrong = passkey.get(options, rp_id="example.com")
    assert not judge.accepts(options, passkey, wrong)
    refused(service.form("token", **fields, credential=text(wrong)), "wrong_code")
    response = passkey.get(options)
    assert judge.accepts(options, passkey, response)
    succeeded(service.form("token", **fields, credential=text(response)))


def walk(entry: str, ada: dict[str, str]) -> None:
    service = registered(entry, ada)
    session, other = service.session(ada), service.session(ada)
    parts = urlsplit(entry)
    judge = Judge(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")

    passkeys: list[Passkey] = []
    for key in (Es256Key(), EdDsaKey(), Rs256Key()):
        passkey = Passkey(judge.rp_id, judge.origin, key)
        factor = created(enrol(session, judge, passkey, passkeys))
        assert (factor["type"], factor["name"], factor["confirmed"]) == ("passkey", type(key).__name__, True), factor
        passkeys.append(passkey)
    assert len({passkey.user_handle for passkey in passkeys}) == 1, "one user has one handle"
    assert ada["username"].encode() not in passkeys[0].user_handle
    refuses_wrong_enrolments(session, judge, passkeys)
    # A security key that does not verify its user.
    touched = Passkey(judge.rp_id, judge.origin, Es256Key(), flags=FLAG.UP)
    created(enrol(session, judge, touched, passkeys))
    passkeys.append(touched)

    # Without a password, each with its algorithm.
    for passkey in passkeys[:3]:
        token = SignIn(service, judge, passkey).accepted()
        me = Service(entry, token["access_token"])
        assert me.get(me.get()["_links"]["me"]["href"])["username"] == ada["username"]
    first = passkeys[0]
    refuses_what_the_judge_refuses(SignIn(service, judge, first))
    refuses_every_changed_bit(SignIn(service, judge, first))
    sign_in = SignIn(service, judge, first)
    response = first.get(sign_in.options)
    succeeded(sign_in.send(response))
    refused(sign_in.send(response), "invalid_grant")
    # Whoever only touches a key does not replace the password, whatever a later answer of the key says.
    for flags in (FLAG.UP, VERIFIED):
        refused(SignIn(service, judge, touched).send(touched.get(sign_in.options, flags=flags)), "invalid_grant")

    # A count that does not grow.
    first.count = 7
    SignIn(service, judge, first).accepted()
    for count in (7, 6, 0):
        first.count = count
        sign_in = SignIn(service, judge, first)
        refused(sign_in.send(first.get(sign_in.options)), "invalid_grant")
    first.count = 8
    SignIn(service, judge, first).accepted()

    # After the password, also with a key that does not verify its user.
    for passkey in (first, touched):
        passkey.count += 1
        second_step(service, judge, passkey, passkeys, ada)
    # Once it has verified its user beside the password, it replaces the password.
    touched.flags = VERIFIED
    touched.count += 1
    second_step(service, judge, touched, passkeys, ada)
    touched.count += 1
    SignIn(service, judge, touched).accepted()

    # The other session is from before the first factor, so it is not fresh.
    first.count += 1
    root = other.get()
    assert "passkey-options" not in other.factors()["_links"]
    offered = succeeded(other.follow(root, "step-up-options"))
    options = PublicKeyCredentialRequestOptions.from_dict(offered["public_key"])
    wrong = first.get(options, origin="https://example.com")
    body = {"ceremony": offered["ceremony"], "credential": wrong}
    refused(other.follow(root, "step-up", json_body(body)), "invalid_credential")
    response = first.get(options)
    assert judge.accepts(options, first, response)
    stepped = succeeded(other.follow(root, "step-up", json_body({**body, "credential": response})))
    assert stepped["current"], stepped
    assert "passkey-options" in other.factors()["_links"]


walk(**json.loads(sys.argv[1]))

//! Second factors from untrusted input: imported secrets, codes, and the credentials of passkeys.

use super::ok;
use crate::{
    RecoveryCode, Totp,
    passkeys::{
        CreationResponse, CreationState, MAX_CREDENTIAL_ID, Passkey, PasskeyError, RelyingParty, RequestResponse,
        RequestState,
    },
    totp::Code,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// An imported secret survives its own URI and its stored form, and hears the codes that it makes. A code of the wrong form
/// is not heard.
pub fn totp_imports(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Some(totp) = Totp::from_bytes(data) {
        assert_eq!(totp.to_bytes(), data);
    }
    let code = Code::parse(text);
    let Ok(totp) = Totp::import(text) else { return };
    // The last digit of base32 may have bits that belong to no byte.
    assert!((10..=128).contains(&(totp.secret().len() * 5 / 8)), "{text:?}");
    let uri = totp.uri("usher", text);
    let again = ok(Totp::import(&uri));
    assert_eq!(again.to_bytes(), totp.to_bytes(), "{text:?} becomes {uri}");
    assert!(Totp::from_bytes(&totp.to_bytes()).is_some_and(|stored| stored.uri("usher", text) == uri), "{text:?}");
    assert!(code.is_none(), "{text:?} is a secret and a code");
}

/// A code is read from each spelling of it.
pub fn recovery_codes(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Some(code) = RecoveryCode::parse(text) else { return };
    let shown = code.to_string();
    assert_eq!(shown.len(), 19, "{text:?} is shown as {shown:?}");
    for spelling in [&shown, &shown.to_uppercase(), &shown.replace('-', " "), &shown.replace('-', "")] {
        assert!(RecoveryCode::parse(spelling).as_ref() == Some(&code), "{text:?} is not {spelling:?}");
    }
}

static RELYING_PARTY: LazyLock<RelyingParty> =
    LazyLock::new(|| ok(RelyingParty::new("example.com", "usher", ["https://id.example.com"])));

/// What an accepted credential has is within the limits, and can be stored. No signature of it is right, since nothing signed.
///
/// The first line is the client data, the rest the attestation object; or all of it is a credential in JSON.
pub fn passkey_creations(data: &[u8]) {
    static STATE: LazyLock<CreationState> = LazyLock::new(|| {
        ok(serde_json::from_value(json!({
            "challenge": CHALLENGE, "user_handle": "dXNlcg", "user_verification": "preferred", "existing": [],
        })))
    });
    let credential = match split(data) {
        Some((client_data, object)) => credential(&json!({
            "clientDataJSON": BASE64URL.encode(client_data),
            "attestationObject": BASE64URL.encode(object),
        })),
        None => serde_json::from_slice(data).unwrap_or_default(),
    };
    let Ok(response) = CreationResponse::parse(&credential) else { return };
    let Ok(passkey) = RELYING_PARTY.finish_creation(&STATE, response) else { return };
    assert!((1..=MAX_CREDENTIAL_ID).contains(&passkey.credential_id().len()));
    let stored: Passkey = ok(serde_json::from_value(ok(serde_json::to_value(&passkey))));
    assert_eq!(stored, passkey);
}

/// A credential is accepted only if it is the one that the key has signed.
///
/// The first line is the client data, the rest the authenticator data and the signature, of 64 bytes; or all of it is a
/// credential in JSON.
pub fn passkey_requests(data: &[u8]) {
    static STORED: LazyLock<(RequestState, Passkey)> = LazyLock::new(|| {
        let state = json!({ "challenge": CHALLENGE, "user_verification": "preferred", "allowed": [CREDENTIAL_ID] });
        (ok(serde_json::from_value(state)), ok(serde_json::from_str(PASSKEY)))
    });
    let (state, passkey) = &*STORED;
    let credential = match split(data) {
        Some((client_data, rest)) => {
            let (data, signature) = rest.split_at(rest.len().saturating_sub(64));
            credential(&json!({
                "clientDataJSON": BASE64URL.encode(client_data),
                "authenticatorData": BASE64URL.encode(data),
                "signature": BASE64URL.encode(signature),
            }))
        }
        None => serde_json::from_slice(data).unwrap_or_default(),
    };
    let Ok(response) = RequestResponse::parse(&credential) else { return };
    match RELYING_PARTY.finish_request(state, passkey, &response) {
        Ok(assertion) => {
            assert_eq!(credential["response"]["signature"], SIGNATURE);
            assert!(assertion.passkey.sign_count() == 1 && !assertion.is_two_factors());
        }
        Err(PasskeyError::SignCount { .. }) => panic!("the only signature has the right count"),
        Err(_) => {}
    }
}

/// Client data in JSON, and other bytes.
fn split(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = data.iter().position(|byte| *byte == b'\n')?;
    Some((&data[..end], &data[end + 1..]))
}

fn credential(response: &Value) -> Value {
    json!({ "id": CREDENTIAL_ID, "rawId": CREDENTIAL_ID, "type": "public-key", "response": response })
}

const CHALLENGE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const CREDENTIAL_ID: &str = "Y3JlZGVudGlhbA";
/// Of an Ed25519 key.
const PASSKEY: &str = r#"{
    "credential_id": "Y3JlZGVudGlhbA",
    "user_handle": "dXNlcg",
    "public_key": "pAEBAycgBiFYIBkSmc0LLzhXHeqlA5sX5hfM59k1Pp0FXVNTPjbjTt5l",
    "sign_count": 0,
    "backup_eligible": false,
    "backup_state": false,
    "verifies_user": false,
    "transports": []
}"#;
/// The only signature that its key has made, by another implementation. It is in the corpus with what it signs.
const SIGNATURE: &str = "rl9NLmgvLq-2pCYgdjOctB4e2GjW2_24vWHx6pFE-SAO9CvcPajT1tamztAI5O-2CKFI0wj3umvbq8oAAK47AQ";

#[cfg(test)]
mod tests {
    use super::*;
    use usher_fuzz_corpus::replay;

    #[test]
    fn the_properties_hold_for_the_corpus() {
        replay("totp_imports", totp_imports);
        replay("recovery_codes", recovery_codes);
        replay("passkey_creations", passkey_creations);
        replay("passkey_requests", passkey_requests);
    }

    #[test]
    fn the_signed_credential_is_accepted() {
        let state: RequestState = serde_json::from_value(
            json!({ "challenge": CHALLENGE, "user_verification": "preferred", "allowed": [CREDENTIAL_ID] }),
        )
        .unwrap();
        let passkey: Passkey = serde_json::from_str(PASSKEY).unwrap();
        let client_data = format!(
            r#"{{"type":"webauthn.get","challenge":"{CHALLENGE}","origin":"https://id.example.com","crossOrigin":false}}"#
        );
        let data = [&crate::opaque::sha256(b"example.com")[..], &[1, 0, 0, 0, 1]].concat();
        let credential = credential(&json!({
            "clientDataJSON": BASE64URL.encode(client_data),
            "authenticatorData": BASE64URL.encode(data),
            "signature": SIGNATURE,
        }));
        let response = RequestResponse::parse(&credential).unwrap();
        RELYING_PARTY.finish_request(&state, &passkey, &response).unwrap();
    }
}

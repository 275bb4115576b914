//! Properties of tokens, imported hashes and second factors from untrusted input, for the fuzzer (`fuzz/`). Each function accepts
//! any bytes. `fuzz/corpus` keeps inputs that reached new code; the tests replay them.

#![allow(clippy::missing_panics_doc, reason = "a violated property panics")]

mod imported_hashes;
mod second_factors;

pub use imported_hashes::{hash_parts, imported_hashes};
pub use second_factors::{passkey_creations, passkey_requests, recovery_codes, totp_imports};

use crate::{AccessTokenConfig, AccessTokens, Claims, InvalidToken, KeySet, SecretKey, SigningKey, api_key, opaque};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use jsonwebtoken::Algorithm;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use std::{fmt::Display, sync::LazyLock, time::Duration};
use usher_domain::Clock;
use uuid::Uuid;

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "https://api.example.com";

/// A service with its own key.
struct Service {
    key: SigningKey,
    tokens: AccessTokens,
    clock: Clock,
}

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    let key = ok(SigningKey::generate());
    let config = AccessTokenConfig {
        issuer: ISSUER.into(),
        audience: AUDIENCE.into(),
        ttl: Duration::from_mins(15),
        role_claim: false,
    };
    let clock = Clock::default();
    Service { tokens: AccessTokens::new(config, KeySet::new(key.clone(), []), clock.clone()), key, clock }
});

/// An accepted token is signed with our key and has every required claim. A token with any other signature is refused.
///
/// The first line is the header, the second has the claims, the third is the signature; without it, our key signs. `KID` is
/// the id of the key, `NOW` the time.
pub fn access_tokens(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Service { key, tokens, clock } = &*SERVICE;
    let now = clock.now().timestamp().unsigned_abs();
    assert!(tokens.verify(text).is_err(), "{text:?} has no signature");

    let text = text.replace("KID", key.kid()).replace("NOW", &now.to_string());
    let mut lines = text.splitn(3, '\n');
    let (header, claims) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let message = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims));
    if let Some(signature) = lines.next() {
        assert!(tokens.verify(&format!("{message}.{signature}")).is_err(), "{signature:?} signs {text:?}");
        return;
    }
    let signature = ok(jsonwebtoken::crypto::sign(message.as_bytes(), key.private(), Algorithm::ES256));
    let token = format!("{message}.{signature}");
    let verified = tokens.verify(&token);
    assert_eq!(tokens.verify(&token), verified, "{text:?} has another result the second time");
    match verified {
        Ok(result) => {
            assert!(object(header).is_none_or(|header| is_ours(&header, key.kid())), "{header}");
            assert!(
                object(claims).is_none_or(|claims| has_claims(&claims, &result, now)),
                "{claims} is read as {result:?}"
            );
            assert_eq!(tokens.verify(&format!("{message}.")), Err(InvalidToken::WrongSignature));
        }
        Err(InvalidToken::WrongSignature) => panic!("our own signature of {text:?} is refused"),
        Err(_) => {}
    }
}

/// The object in a part of a token. `None` if an ignored member holds JSON that `Value` cannot represent: half a surrogate
/// pair, or a number that is too large.
fn object(json: &str) -> Option<Map<String, Value>> {
    let is_object = json.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(json).is_ok();
    assert!(is_object, "{json}");
    serde_json::from_str(json).ok()
}

/// Whether this is the header of an access token that our key has signed.
fn is_ours(header: &Map<String, Value>, kid: &str) -> bool {
    let text = |name: &str| header.get(name).and_then(Value::as_str).unwrap_or_default();
    let typ = text("typ").to_ascii_lowercase();
    text("alg") == "ES256"
        && text("kid") == kid
        && (typ == "at+jwt" || typ == "application/at+jwt")
        && header.get("crit").is_none_or(Value::is_null)
}

/// Whether the claims are those of the result, with our issuer and audience, and valid now.
fn has_claims(claims: &Map<String, Value>, result: &Claims, now: u64) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let id = |name: &str| text(name).and_then(|text| Uuid::parse_str(text).ok());
    let time = |name: &str| claims.get(name).and_then(Value::as_u64).unwrap_or_default();
    (text("iss"), text("aud")) == (Some(ISSUER), Some(AUDIENCE))
        && (id("sub"), id("sid")) == (Some(result.sub), Some(result.sid))
        && time("exp") == result.exp
        // A second may have passed since.
        && time("exp").saturating_add(4) > now
        && time("nbf").max(time("iat")) <= now.saturating_add(4)
}

/// A text is not a token, or it is the only spelling of one: it has a digest that it alone matches, and a successor that is
/// a token too. A text is an API key only with the form and the checksum of one.
pub fn opaque_tokens(data: &[u8]) {
    static SECRET: LazyLock<SecretKey> =
        LazyLock::new(|| ok(SecretKey::new("a secret for the fuzzer, long enough for one")));
    let Ok(text) = str::from_utf8(data) else { return };
    has_one_checksum(text);
    let digest = opaque::digest(text);
    let plain = |character: char| character.is_ascii_alphanumeric() || character == '-' || character == '_';
    assert_eq!(digest.is_some(), text.chars().count() == 43 && text.chars().all(plain), "{text:?}");
    assert!(!opaque::matches(text, text.as_bytes()), "{text:?} is its own digest");
    let successor = opaque::successor(&SECRET, text);
    assert_eq!(successor, opaque::successor(&SECRET, text));
    let Some(digest) = digest else { return };
    assert!(opaque::matches(text, &digest) && !opaque::matches(&successor, &digest), "{text:?}");
    assert!(opaque::digest(&successor).is_some_and(|next| next != digest), "{text:?}");
}

fn has_one_checksum(text: &str) {
    if api_key::digest(text).is_none() {
        return;
    }
    let digits = text.strip_prefix("usher_pat_").unwrap_or_default();
    assert!(digits.len() == 49 && digits.bytes().all(|digit| digit.is_ascii_alphanumeric()), "{text:?}");
    let (rest, last) = text.split_at(text.len() - 1);
    let other = if last == "0" { "1" } else { "0" };
    assert!(api_key::digest(&format!("{rest}{other}")).is_none(), "{text:?} has two checksums");
    assert!(opaque::digest(text).is_none(), "{text:?} is a refresh token too");
}

fn ok<T, E: Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_fuzz_corpus::replay;

    #[test]
    fn the_properties_hold_for_the_corpus() {
        replay("access_tokens", access_tokens);
        replay("opaque_tokens", opaque_tokens);
    }
}

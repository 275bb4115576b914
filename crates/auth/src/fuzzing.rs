//! What holds of every token and every foreign hash that a stranger sends, for the fuzzer (`fuzz/`) to break. Each function
//! takes whatever bytes there are; `fuzz/corpus` keeps those that once led somewhere new, and the tests go through them
//! again.

#![allow(clippy::missing_panics_doc, reason = "a broken property is told by a panic")]

use crate::{
    Claims, Invalid, KeySet, SecretKey, SigningKey, Tokens, TokensConfig,
    foreign::{self, Stored},
    opaque,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use jsonwebtoken::Algorithm;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use std::{
    fmt::Display,
    sync::LazyLock,
    time::{Duration, Instant},
};
use usher_domain::Clock;
use uuid::Uuid;

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "https://api.example.com";

/// A service with a key of its own.
struct Service {
    key: SigningKey,
    tokens: Tokens,
    clock: Clock,
}

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    let key = done(SigningKey::generate());
    let config = TokensConfig { issuer: ISSUER.into(), audience: AUDIENCE.into(), ttl: Duration::from_mins(15) };
    let clock = Clock::default();
    Service { tokens: Tokens::new(config, KeySet::new(key.clone(), []), clock.clone()), key, clock }
});

/// A token that is taken is signed with our key and says everything that it must; nobody else's is taken, whatever it says.
///
/// The first line is the header, the second are the claims, the third is the signature; without that it is ours. `KID` is
/// the id of the key, `NOW` the time.
pub fn access_tokens(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Service { key, tokens, clock } = &*SERVICE;
    let now = clock.now().timestamp().unsigned_abs();
    assert!(tokens.verify(text).is_err(), "{text:?} was not signed by anybody");

    let text = text.replace("KID", key.kid()).replace("NOW", &now.to_string());
    let mut lines = text.splitn(3, '\n');
    let (header, claims) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let message = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims));
    if let Some(signature) = lines.next() {
        assert!(tokens.verify(&format!("{message}.{signature}")).is_err(), "{signature:?} signs {text:?}");
        return;
    }
    let signature = done(jsonwebtoken::crypto::sign(message.as_bytes(), key.private(), Algorithm::ES256));
    let token = format!("{message}.{signature}");
    let verdict = tokens.verify(&token);
    assert_eq!(tokens.verify(&token), verdict, "{text:?} is judged otherwise the second time");
    match verdict {
        Ok(said) => {
            assert!(object(header).is_none_or(|header| is_ours(&header, key.kid())), "{header}");
            assert!(object(claims).is_none_or(|claims| says(&claims, &said, now)), "{claims} is taken for {said:?}");
            assert_eq!(tokens.verify(&format!("{message}.")), Err(Invalid::WrongSignature));
        }
        Err(Invalid::WrongSignature) => panic!("our own signature of {text:?} is refused"),
        Err(_) => {}
    }
}

/// The object that a part of a token is. `None` where a member that nobody looks at holds what is JSON but cannot be read:
/// half a surrogate pair, or a number that is too large.
fn object(json: &str) -> Option<Map<String, Value>> {
    let is_object = json.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(json).is_ok();
    assert!(is_object, "{json}");
    serde_json::from_str(json).ok()
}

/// Whether a header is one of an access token that our key has signed.
fn is_ours(header: &Map<String, Value>, kid: &str) -> bool {
    let text = |name: &str| header.get(name).and_then(Value::as_str).unwrap_or_default();
    let typ = text("typ").to_ascii_lowercase();
    text("alg") == "ES256"
        && text("kid") == kid
        && (typ == "at+jwt" || typ == "application/at+jwt")
        && header.get("crit").is_none_or(Value::is_null)
}

/// Whether claims say what was read out of them, of us, for us and about this time.
fn says(claims: &Map<String, Value>, said: &Claims, now: u64) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let id = |name: &str| text(name).and_then(|text| Uuid::parse_str(text).ok());
    let time = |name: &str| claims.get(name).and_then(Value::as_u64).unwrap_or_default();
    (text("iss"), text("aud")) == (Some(ISSUER), Some(AUDIENCE))
        && (id("sub"), id("sid")) == (Some(said.sub), Some(said.sid))
        && time("exp") == said.exp
        // A second may have passed meanwhile.
        && time("exp").saturating_add(4) > now
        && time("nbf").max(time("iat")) <= now.saturating_add(4)
}

/// A text is no token, or the one spelling of one: it has a digest, which it alone matches, and a successor, which is one
/// too.
pub fn opaque_tokens(data: &[u8]) {
    static SECRET: LazyLock<SecretKey> =
        LazyLock::new(|| done(SecretKey::new("a secret for the fuzzer, long enough for one")));
    let Ok(text) = str::from_utf8(data) else { return };
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

/// Longest that a hash within these bounds may take to verify, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// A hash that is accepted stays under the ceilings, and is verified without fail; where it is cheap, that is tried. The
/// first line is the hash, the second the password.
pub fn foreign_hashes(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (hash, password) = text.split_once('\n').unwrap_or((text, "correct horse"));
    let began = Instant::now();
    let stored = match Stored::parse(hash) {
        Ok(stored) => stored,
        Err(fault) => {
            assert!(["unknown_hash_format", "hash_too_costly"].contains(&fault.code), "{fault:?}");
            assert_eq!(foreign::acceptable(hash), Err(fault));
            return;
        }
    };
    assert!(hash.is_ascii() && !hash.contains(|character: char| character.is_ascii_control()), "{hash:?}");
    let cheap = match &stored {
        Stored::Bcrypt { cost, .. } => {
            assert!((4..=16).contains(cost) && hash[3..].starts_with(&format!("${cost:02}$")), "{hash:?}");
            *cost == 4
        }
        Stored::Argon2 { engine, .. } => {
            let (memory, passes, lanes) =
                (engine.params().m_cost(), engine.params().t_cost(), engine.params().p_cost());
            assert!(memory <= 262_144 && passes <= 10 && lanes <= 8, "{hash:?}");
            memory <= 256 && passes <= 2
        }
        Stored::Pbkdf2 { iterations, .. } => {
            assert!(iterations.get() <= 2_000_000, "{hash:?}");
            iterations.get() <= 1000
        }
        Stored::Scrypt { params, .. } => {
            let (n, r, p) = (1_u64 << params.log_n(), u64::from(params.r()), u64::from(params.p()));
            assert!(n.max(p) * r <= 262_144 * 8 && n * r * p <= 4 * 262_144 * 8, "{hash:?}");
            n * r * p <= 1024
        }
    };
    if cheap {
        assert_eq!(stored.matches(password), stored.matches(password), "{hash:?}");
    }
    assert!(began.elapsed() < PATIENCE, "{hash:?} took {:?}", began.elapsed());
}

fn done<T, E: Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::{replay::replay, *};

    #[test]
    fn what_the_fuzzer_once_found_holds() {
        replay("access_tokens", access_tokens);
        replay("opaque_tokens", opaque_tokens);
        replay("foreign_hashes", foreign_hashes);
    }
}

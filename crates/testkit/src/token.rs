//! What access tokens contain.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde_json::Value;

/// The header of a token.
pub fn token_header(token: &str) -> Value {
    part(token, 0)
}

/// The claims of a token.
pub fn token_claims(token: &str) -> Value {
    part(token, 1)
}

fn part(token: &str, n: usize) -> Value {
    serde_json::from_slice(&BASE64URL.decode(token.split('.').nth(n).unwrap()).unwrap()).unwrap()
}

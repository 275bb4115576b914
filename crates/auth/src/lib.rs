//! Who somebody is and how they prove it: passwords, access tokens, signing keys, refresh and mailed tokens.
//!
//! What holds in this crate:
//!
//! - **No path, no status code, no SQL.** It is given texts and ids and answers with texts, ids and typed refusals.
//!   Whoever calls it decides what a refusal looks like and where a hash or a wrapped key rests.
//! - **Nothing slow on the caller's thread.** Passwords are hashed on threads of their own ([`Hasher`]).
//! - **Nothing secret leaves in the clear.** Private keys leave only wrapped ([`SecretKey::wrap`]), refresh and mailed
//!   tokens rest only as digests ([`opaque::digest`]), and no `Debug` or error text shows a password, token or key.
//! - **A token proves who somebody is, never what they may do.** [`Claims`] has no role.
//! - **The time is handed in**, so that a test may set it.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod clients;
pub mod foreign;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod keys;
mod memory;
pub mod opaque;
pub mod passwords;
mod queue;
pub mod tokens;

pub use clients::{Clients, ClientsError};
pub use keys::{Jwk, Jwks, PublicKey, SecretError, SecretKey, SigningKey, UnwrapError};
pub use passwords::{Busy, Caller, Hasher, HasherConfig, HasherLoad, Verdict};
pub use tokens::{Claims, Invalid, KeySet, LEEWAY, Memory, Tokens, TokensConfig};

/// The cryptographic library refused what it refuses only on a broken system (no entropy, no memory).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CryptoError;

impl std::fmt::Display for CryptoError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the cryptographic library failed")
    }
}

impl std::error::Error for CryptoError {}

//! Credentials and cryptography: passwords, access tokens, signing keys, API keys, refresh tokens and mailed tokens.
//!
//! The rules of this crate:
//!
//! - **No paths, status codes or SQL.** It takes texts and ids and returns texts, ids and typed errors. The caller decides how an
//!   error is shown and where a hash or a wrapped key is stored.
//! - **Nothing slow on the caller's thread.** Passwords are hashed on separate threads ([`Hasher`]).
//! - **Secrets leave only encrypted or hashed.** Private keys are wrapped ([`SecretKey::wrap`]), refresh tokens, mailed
//!   tokens and API keys are stored as digests ([`opaque::digest`], [`api_key::digest`]), and no `Debug` or error text shows a
//!   password, token or key.
//! - **A token identifies a user; what they may do is never read from it.** A token may name the role for other services;
//!   [`Claims`] does not have it.
//! - **Time is passed in**, so that a test can set it.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod api_key;
pub mod clients;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod jwt;
pub mod opaque;
pub mod passkeys;
pub mod passwords;
pub mod qr_code;
pub mod recovery_code;
mod secret_key;
mod signing_key;
pub mod totp;

pub use clients::{Clients, ClientsError};
pub use jwt::{AccessTokenConfig, AccessTokens, CacheStats, Claims, InvalidToken, JwkSet, KeySet, LEEWAY};
pub use passwords::{Hasher, HasherConfig, HasherLoad, PasswordCheck, QueueFull, Requester, imported_hashes};
pub use recovery_code::RecoveryCode;
pub use secret_key::{OpenError, Purpose, SecretError, SecretKey, UnwrapError};
pub use signing_key::{PublicKey, SigningKey};
pub use totp::Totp;

/// The cryptographic library failed, which happens only on a broken system (no entropy, no memory).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library failed")]
pub struct CryptoError;

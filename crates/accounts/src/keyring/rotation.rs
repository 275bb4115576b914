//! Replacing the signing keys.

use super::{JWKS_MAX_AGE, KeyringError};
use chrono::{DateTime, TimeDelta, Utc};
use usher_auth::{CryptoError, SecretKey, SigningKey};
use usher_domain::Clock;
use usher_persistence::{Database, StoredKey, StoredKeys};

/// The time from the publication of a key until it signs. By then every service that cached the public keys has fetched them
/// again.
const PUBLICATION_LEAD: TimeDelta = TimeDelta::seconds(2 * JWKS_MAX_AGE);

/// A key that was just generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    pub kid: String,
    /// When it begins to sign.
    pub signs_from: DateTime<Utc>,
}

/// Publishes a new key. It begins to sign once all services know it. Tokens signed with the other keys stay valid until they
/// expire.
///
/// # Errors
/// [`KeyringError::Unwrap`] if the secret did not wrap the keys in use: the services could not unwrap the new key.
pub async fn rotate(database: &Database, secret: &SecretKey, clock: &Clock) -> Result<NewKey, KeyringError> {
    let StoredKeys { keys, .. } = database.signing_keys().await?;
    unwrap_all(secret, &keys)?;
    // The first key has no predecessor that could sign while it is published.
    let lead = if keys.is_empty() { TimeDelta::zero() } else { PUBLICATION_LEAD };
    let key = generate(secret, clock.now(), lead)?;
    database.add_signing_key(&key).await?;
    Ok(NewKey { kid: key.kid, signs_from: key.signs_from })
}

/// Replaces all keys by a new one and returns how many were replaced. Their tokens are refused from now on. `secret_is_lost`:
/// the secret that wrapped the keys in use no longer exists, and the services will have `secret` from now on.
///
/// # Errors
/// [`KeyringError::Unwrap`] as for [`rotate`], unless that secret is lost. [`KeyringError::NoKeys`] if there is nothing to
/// revoke.
pub async fn revoke(
    database: &Database,
    secret: &SecretKey,
    clock: &Clock,
    secret_is_lost: bool,
) -> Result<(NewKey, usize), KeyringError> {
    let StoredKeys { keys, .. } = database.signing_keys().await?;
    if keys.is_empty() {
        return Err(KeyringError::NoKeys);
    }
    if !secret_is_lost {
        unwrap_all(secret, &keys)?;
    }
    let key = generate(secret, clock.now(), TimeDelta::zero())?;
    let revoked = database.replace_signing_keys(&key).await?;
    Ok((NewKey { kid: key.kid, signs_from: key.signs_from }, revoked))
}

/// Checks that the secret unwraps the keys in use.
///
/// # Errors
/// [`KeyringError::Unwrap`] if it does not.
pub async fn check_secret(database: &Database, secret: &SecretKey) -> Result<(), KeyringError> {
    unwrap_all(secret, &database.signing_keys().await?.keys).map(drop)
}

pub(super) fn generate(secret: &SecretKey, now: DateTime<Utc>, lead: TimeDelta) -> Result<StoredKey, CryptoError> {
    let key = SigningKey::generate()?;
    Ok(StoredKey { kid: key.kid().to_owned(), wrapped: secret.wrap(&key)?, created_at: now, signs_from: now + lead })
}

pub(super) fn unwrap_all(secret: &SecretKey, stored: &[StoredKey]) -> Result<Vec<SigningKey>, KeyringError> {
    let keys = stored.iter().map(|key| secret.unwrap(&key.kid, &key.wrapped));
    keys.collect::<Result<_, _>>().map_err(KeyringError::Unwrap)
}

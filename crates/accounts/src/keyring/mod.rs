//! The signing keys in use. They are stored in the database, wrapped, so that all replicas share them. The database counts
//! changes to them and returns the count, the revision, with every lookup of a caller. So a change made by one replica holds
//! from the next request on at every other.

mod error;
mod rotation;

pub use error::KeyringError;
pub use rotation::{NewKey, check_secret, revoke, rotate};

use crate::{Error, IssuedSession};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Mutex;
use usher_auth::{
    AccessTokenConfig, AccessTokens, CacheStats, Claims, CryptoError, InvalidToken, JwkSet, KeySet, SecretKey, opaque,
};
use usher_domain::{Clock, User};
use usher_persistence::{Database, Digest, NoRow, StoredKey, TargetIds, TargetRow};
use uuid::Uuid;

/// How long other services may cache the public keys, in seconds.
pub const JWKS_MAX_AGE: i64 = 60;

/// Issues and verifies access tokens with the keys of the database.
pub struct Keyring {
    tokens: AccessTokens,
    secret: SecretKey,
    clock: Clock,
    /// The revision of the keys that are loaded.
    revision: AtomicI64,
    /// When the key after the one that signs now begins to sign.
    next_signs_from: RwLock<Option<DateTime<Utc>>>,
    /// Held while the keys are fetched, so that one request fetches them for all.
    fetching: Mutex<()>,
}

impl Keyring {
    /// Loads the keys of the database. Generates the first key if there is none.
    pub async fn open(
        database: &Database,
        secret: SecretKey,
        config: AccessTokenConfig,
        clock: Clock,
    ) -> Result<Self, KeyringError> {
        if database.signing_keys().await?.keys.is_empty() {
            database.add_first_signing_key(&rotation::generate(&secret, clock.now(), TimeDelta::zero())?).await?;
        }
        let stored = database.signing_keys().await?;
        let (keys, next_signs_from) = key_set(&secret, &stored.keys, clock.now())?;
        Ok(Self {
            tokens: AccessTokens::new(config, keys, clock.clone()),
            secret,
            clock,
            revision: AtomicI64::new(stored.revision),
            next_signs_from: RwLock::new(next_signs_from),
            fetching: Mutex::new(()),
        })
    }

    /// A new access token for a session and its lifetime in seconds, at most `max_lifetime`, signed with the current signing key.
    /// Where tokens name the role, it is read in the same round trip as the revision of the keys.
    pub async fn issue(
        &self,
        issued: &IssuedSession,
        max_lifetime: Option<Duration>,
        database: &Database,
    ) -> Result<(String, u64), KeyringError> {
        let IssuedSession { user, session, authentication, .. } = *issued;
        if !self.tokens.have_role_claim() {
            self.reload(database).await?;
            return Ok(self.tokens.issue(user, session, authentication, None, max_lifetime)?);
        }
        let owner = self.reload_with::<User>(TargetIds::of(user), database).await?;
        let role = owner.as_ref().map(|user| user.role.name.as_str());
        Ok(self.tokens.issue(user, session, authentication, role, max_lifetime)?)
    }

    /// The claims of an access token that verifies with the loaded keys. Whether its key is still in use,
    /// [`Self::is_in_use`] says. A key that is not loaded is looked up in the database: another replica may have generated it a
    /// moment ago.
    ///
    /// # Errors
    /// [`Error::InvalidAccessToken`]; [`Error::Keyring`] if the database does not answer.
    pub async fn verify(&self, token: &str, database: &Database) -> Result<Claims, Error> {
        let mut verified = self.tokens.verify(token);
        if verified == Err(InvalidToken::UnknownKey) {
            self.reload(database).await?;
            verified = self.tokens.verify(token);
        }
        verified.map_err(|invalid| {
            tracing::debug!(%invalid, "an access token was refused");
            Error::InvalidAccessToken
        })
    }

    /// Whether the key that signed a token is in use. `revision` is the one that the database returned just now.
    pub async fn is_in_use(&self, kid: &str, revision: Option<i64>, database: &Database) -> Result<bool, KeyringError> {
        if let Some(revision) = revision {
            self.load(revision, database).await?;
        }
        Ok(self.tokens.keys().contains(kid))
    }

    /// The refresh token that follows `spent`.
    pub fn successor(&self, spent: &str) -> String {
        opaque::successor(&self.secret, spent)
    }

    /// A keyed digest that represents a user, a name or an address in the database without naming it.
    pub fn pseudonym(&self, kind: &str, parts: &[&[u8]]) -> Digest {
        opaque::pseudonym(&self.secret, kind, parts)
    }

    /// The secret of the service.
    pub(crate) fn secret(&self) -> &SecretKey {
        &self.secret
    }

    /// The time by which codes and tokens are judged.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// An id for something that is created now.
    pub(crate) fn new_id(&self) -> Uuid {
        self.clock.new_id().0
    }

    /// The audience of access tokens.
    pub fn audience(&self) -> &str {
        self.tokens.audience()
    }

    /// Hits and misses of the cache of verified tokens.
    pub fn cache_stats(&self) -> CacheStats {
        self.tokens.cache_stats()
    }

    /// The public keys, for other services. They are available also while the database is not.
    pub async fn jwks(&self, database: &Database) -> JwkSet {
        if let Err(error) = self.reload(database).await {
            tracing::warn!(%error, "the public keys may be outdated");
        }
        self.tokens.jwks()
    }

    /// Loads the keys that the database has now.
    async fn reload(&self, database: &Database) -> Result<(), KeyringError> {
        self.reload_with::<NoRow>(TargetIds::NONE, database).await.map(drop)
    }

    /// The same, and reads a row in the same round trip.
    async fn reload_with<T: TargetRow>(
        &self,
        ids: TargetIds,
        database: &Database,
    ) -> Result<Option<Arc<T>>, KeyringError> {
        let found = database.lookup().find::<T>(None, ids, false).await?;
        if let Some(revision) = found.keys {
            self.load(revision, database).await?;
        }
        Ok(found.target)
    }

    /// Fetches the keys, unless those of this revision are loaded and the right one of them signs.
    async fn load(&self, revision: i64, database: &Database) -> Result<(), KeyringError> {
        if self.is_current(revision) {
            return Ok(());
        }
        let _fetching = self.fetching.lock().await;
        // Another request may have fetched them while this one waited.
        if self.is_current(revision) {
            return Ok(());
        }
        let stored = database.signing_keys().await?;
        let (keys, next_signs_from) = key_set(&self.secret, &stored.keys, self.clock.now())?;
        self.tokens.replace_keys(keys);
        *self.next_signs_from.write().unwrap_or_else(PoisonError::into_inner) = next_signs_from;
        // Last: a request that reads this revision also finds its keys.
        self.revision.store(stored.revision, Ordering::Release);
        Ok(())
    }

    fn is_current(&self, revision: i64) -> bool {
        let next_signs_from = || *self.next_signs_from.read().unwrap_or_else(PoisonError::into_inner);
        self.revision.load(Ordering::Acquire) == revision
            && next_signs_from().is_none_or(|time| self.clock.now() < time)
    }
}

/// The keys at the time `now`, and when the next key begins to sign. The newest key whose time has come signs; all verify.
fn key_set(
    secret: &SecretKey,
    stored: &[StoredKey],
    now: DateTime<Utc>,
) -> Result<(KeySet, Option<DateTime<Utc>>), KeyringError> {
    let keys = rotation::unwrap_all(secret, stored)?;
    let signs = stored.iter().rposition(|key| key.signs_from <= now).unwrap_or(0);
    let others: Vec<_> = keys.iter().map(|key| key.public().clone()).collect();
    let signing = keys.into_iter().nth(signs).ok_or(KeyringError::Crypto(CryptoError))?;
    Ok((KeySet::new(signing, others), stored.get(signs + 1).map(|next| next.signs_from)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn secret() -> SecretKey {
        SecretKey::new("a secret for tests, long enough to be taken for one").unwrap()
    }

    /// Stored keys that begin to sign this many seconds from now.
    fn stored(seconds: &[i64]) -> Vec<StoredKey> {
        let lead = |seconds: &i64| rotation::generate(&secret(), NOW, TimeDelta::seconds(*seconds)).unwrap();
        seconds.iter().map(lead).collect()
    }

    #[test]
    fn the_newest_key_whose_time_has_come_signs_and_all_verify() {
        for (seconds, signs, next) in [
            (&[0][..], 0, None),
            (&[-60, 0], 1, None),
            (&[-60, 120], 0, Some(120)),
            (&[-60, -30, 120, 240], 1, Some(120)),
            (&[120, 240], 0, Some(240)),
        ] {
            let stored = stored(seconds);
            let (keys, next_signs_from) = key_set(&secret(), &stored, NOW).unwrap();
            assert_eq!(keys.signing_kid(), stored[signs].kid, "{seconds:?}");
            assert!(stored.iter().all(|key| keys.contains(&key.kid)), "{seconds:?}");
            assert_eq!(next_signs_from, next.map(|next| NOW + TimeDelta::seconds(next)), "{seconds:?}");
        }
    }

    #[test]
    fn keys_are_unwrapped_only_with_the_secret_that_wrapped_them() {
        let other = SecretKey::new("another secret for tests, just as long as the first").unwrap();
        assert!(matches!(key_set(&other, &stored(&[0]), NOW), Err(KeyringError::Unwrap(_))));
    }
}

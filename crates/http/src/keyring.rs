//! The signing keys in use: they rest in the database, wrapped, where every replica sees them. The database counts their
//! changes, and tells the count with every caller: so a change made anywhere holds at the next request everywhere.

use crate::problem::{Credentials, Problem};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{
    PoisonError, RwLock,
    atomic::{AtomicI64, Ordering},
};
use tokio::sync::Mutex;
use usher_auth::{
    AccessTokenConfig, AccessTokens, CacheStats, Claims, CryptoError, InvalidToken, JwkSet, KeySet, SecretKey,
    SigningKey, opaque,
};
use usher_domain::Clock;
use usher_persistence::{Database, Digest, StoredKey, StoredKeys, TargetIds};
use uuid::Uuid;

/// For how long others may keep the public keys, in seconds.
pub const JWKS_MAX_AGE: i64 = 60;
/// From its publication until a key signs: by then everyone who kept the public keys has fetched them again.
const LEAD: TimeDelta = TimeDelta::seconds(2 * JWKS_MAX_AGE);

/// Issues and verifies access tokens with the keys of the database.
pub struct Keyring {
    tokens: AccessTokens,
    secret: SecretKey,
    clock: Clock,
    /// Which keys these are, and when the next of them begins to sign.
    revision: AtomicI64,
    turn: RwLock<Option<DateTime<Utc>>>,
    /// Held while the keys are fetched, so that one does it for all.
    fetching: Mutex<()>,
}

/// Why the keys could not be had.
#[derive(Debug)]
pub enum KeyringError {
    Database(usher_persistence::Error),
    /// The secret key of the settings is not the one that wrapped the keys.
    Unwrap(usher_auth::UnwrapError),
    Crypto(CryptoError),
    /// No key signs yet: no service has run on this database.
    NoKeys,
}

impl std::fmt::Display for KeyringError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Database(error) => error.fmt(f),
            Self::Unwrap(error) => error.fmt(f),
            Self::Crypto(error) => error.fmt(f),
            Self::NoKeys => f.write_str("there is no key to revoke; no service has run on this database"),
        }
    }
}

impl std::error::Error for KeyringError {}

impl From<usher_persistence::Error> for KeyringError {
    fn from(error: usher_persistence::Error) -> Self {
        Self::Database(error)
    }
}

impl From<CryptoError> for KeyringError {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

/// A key that has just been made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    pub kid: String,
    /// From when on it signs.
    pub signs_from: DateTime<Utc>,
}

/// Publishes a new key, which takes its turn to sign when everybody knows it; tokens of the others stay good until they
/// expire.
///
/// # Errors
/// [`KeyringError::Unwrap`] where the secret is not that of the keys in use: the services could not open the new one.
pub async fn rotate(database: &Database, secret: &SecretKey, clock: &Clock) -> Result<NewKey, KeyringError> {
    let StoredKeys { keys, .. } = database.signing_keys().await?;
    opened(secret, &keys)?;
    // Where there is no other key, nobody waits for this one.
    let lead = if keys.is_empty() { TimeDelta::zero() } else { LEAD };
    let key = new_key(secret, clock.now(), lead)?;
    database.add_signing_key(&key).await?;
    Ok(NewKey { kid: key.kid, signs_from: key.signs_from })
}

/// Puts a new key in the place of all others, and says how many those were: their tokens are refused from now on.
/// `secret_is_lost` where the secret of the keys in use is gone, and the services will have this one from now on.
///
/// # Errors
/// [`KeyringError::Unwrap`] as for [`rotate`], unless that secret is lost. [`KeyringError::NoKeys`] where there is nothing to
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
        opened(secret, &keys)?;
    }
    let key = new_key(secret, clock.now(), TimeDelta::zero())?;
    let revoked = database.replace_signing_keys(&key).await?;
    Ok((NewKey { kid: key.kid, signs_from: key.signs_from }, revoked))
}

/// Whether the secret opens the keys in use.
///
/// # Errors
/// [`KeyringError::Unwrap`] where it does not.
pub async fn opens(database: &Database, secret: &SecretKey) -> Result<(), KeyringError> {
    opened(secret, &database.signing_keys().await?.keys).map(drop)
}

fn new_key(secret: &SecretKey, now: DateTime<Utc>, lead: TimeDelta) -> Result<StoredKey, CryptoError> {
    let key = SigningKey::generate()?;
    Ok(StoredKey { kid: key.kid().to_owned(), wrapped: secret.wrap(&key)?, created_at: now, signs_from: now + lead })
}

fn opened(secret: &SecretKey, stored: &[StoredKey]) -> Result<Vec<SigningKey>, KeyringError> {
    let keys = stored.iter().map(|key| secret.unwrap(&key.kid, &key.wrapped));
    keys.collect::<Result<_, _>>().map_err(KeyringError::Unwrap)
}

impl Keyring {
    /// The keys of the database; where there is none yet, the first is made.
    pub async fn open(
        database: &Database,
        secret: SecretKey,
        config: AccessTokenConfig,
        clock: Clock,
    ) -> Result<Self, KeyringError> {
        if database.signing_keys().await?.keys.is_empty() {
            database.add_first_signing_key(&new_key(&secret, clock.now(), TimeDelta::zero())?).await?;
        }
        let stored = database.signing_keys().await?;
        let (keys, turn) = key_set(&secret, &stored.keys, &clock)?;
        let tokens = AccessTokens::new(config, keys, clock.clone());
        let (revision, turn) = (AtomicI64::new(stored.revision), RwLock::new(turn));
        Ok(Self { tokens, secret, clock, revision, turn, fetching: Mutex::new(()) })
    }

    /// A new access token for a session, and its lifetime in seconds: signed with the key whose turn it is now.
    pub async fn issue(&self, user: Uuid, session: Uuid, database: &Database) -> Result<(String, u64), Problem> {
        self.look(database).await?;
        self.tokens.issue(user, session).map_err(|error| Problem::Internal(error.to_string()))
    }

    /// What a token says, by the keys that are known here; whether they are still in use is for [`Self::holds`] to say.
    /// The database is asked about a key that nobody here knows: another replica may have made it a moment ago.
    pub async fn verify(&self, token: &str, database: &Database) -> Result<Claims, Problem> {
        let mut verified = self.tokens.verify(token);
        if verified == Err(InvalidToken::UnknownKey) {
            self.look(database).await?;
            verified = self.tokens.verify(token);
        }
        verified.map_err(|invalid| {
            tracing::debug!(%invalid, "an access token was refused");
            Problem::Unauthorized(Credentials::Invalid)
        })
    }

    /// Whether the key that signed a token is in use, where the database has said so with this revision.
    pub async fn holds(&self, kid: &str, revision: Option<i64>, database: &Database) -> Result<bool, Problem> {
        if let Some(revision) = revision {
            self.catch_up(revision, database).await?;
        }
        Ok(self.tokens.keys().contains(kid))
    }

    /// The refresh token that follows `spent`.
    pub fn successor(&self, spent: &str) -> String {
        opaque::successor(&self.secret, spent)
    }

    /// What stands for somebody or something where no name shall rest.
    pub fn pseudonym(&self, kind: &str, parts: &[&[u8]]) -> Digest {
        opaque::pseudonym(&self.secret, kind, parts)
    }

    /// Whom access tokens are for.
    pub fn audience(&self) -> &str {
        self.tokens.audience()
    }

    /// What remembering verified tokens has spared.
    pub fn cache_stats(&self) -> CacheStats {
        self.tokens.cache_stats()
    }

    /// The public keys, for other services. They stay to be had while the database is away.
    pub async fn jwks(&self, database: &Database) -> JwkSet {
        if let Err(problem) = self.look(database).await {
            tracing::warn!(%problem, "the public keys may not be the newest");
        }
        self.tokens.jwks()
    }

    /// Asks the database which keys are in use.
    async fn look(&self, database: &Database) -> Result<(), Problem> {
        match database.lookup().find(None, TargetIds::default()).await?.keys {
            Some(revision) => self.catch_up(revision, database).await,
            None => Ok(()),
        }
    }

    /// Fetches the keys, unless they are those of this revision and the one that signs is the one whose turn it is.
    async fn catch_up(&self, revision: i64, database: &Database) -> Result<(), Problem> {
        if self.is_current(revision) {
            return Ok(());
        }
        let _fetching = self.fetching.lock().await;
        // Somebody else may have done it meanwhile.
        if self.is_current(revision) {
            return Ok(());
        }
        let stored = database.signing_keys().await?;
        let keys = key_set(&self.secret, &stored.keys, &self.clock);
        let (keys, turn) = keys.map_err(|error| Problem::Internal(error.to_string()))?;
        self.tokens.replace_keys(keys);
        *self.turn.write().unwrap_or_else(PoisonError::into_inner) = turn;
        // Last: whoever reads it finds these keys.
        self.revision.store(stored.revision, Ordering::Release);
        Ok(())
    }

    fn is_current(&self, revision: i64) -> bool {
        let turn = || *self.turn.read().unwrap_or_else(PoisonError::into_inner);
        self.revision.load(Ordering::Acquire) == revision && turn().is_none_or(|turn| self.clock.now() < turn)
    }
}

/// The newest key whose time has come signs; all verify. And when the time of the next one comes.
fn key_set(
    secret: &SecretKey,
    stored: &[StoredKey],
    clock: &Clock,
) -> Result<(KeySet, Option<DateTime<Utc>>), KeyringError> {
    let (keys, now) = (opened(secret, stored)?, clock.now());
    let signs = stored.iter().rposition(|key| key.signs_from <= now).unwrap_or(0);
    let others: Vec<_> = keys.iter().map(|key| key.public().clone()).collect();
    let signing = keys.into_iter().nth(signs).ok_or(KeyringError::Crypto(CryptoError))?;
    Ok((KeySet::new(signing, others), stored.get(signs + 1).map(|next| next.signs_from)))
}

//! The signing keys in use: they rest in the database, wrapped, where every replica sees them.

use crate::problem::{Credentials, Problem};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use usher_auth::{Claims, Invalid, Jwks, KeySet, Memory, SecretKey, SigningKey, Tokens, TokensConfig, opaque};
use usher_domain::Clock;
use usher_persistence::{Database, Digest, StoredKey};
use uuid::Uuid;

/// Shortest time between two looks into the database for a key that a token names and nobody here knows.
const PAUSE: Duration = Duration::from_secs(1);

/// Issues and verifies access tokens with the keys of the database.
pub struct Keyring {
    tokens: Tokens,
    secret: SecretKey,
    clock: Clock,
    looked: Mutex<Option<Instant>>,
}

/// Why the keys could not be had.
#[derive(Debug)]
pub enum KeyringError {
    Database(usher_persistence::Error),
    /// The secret key of the settings is not the one that wrapped the keys.
    Unwrap(usher_auth::UnwrapError),
    Crypto(usher_auth::CryptoError),
}

impl std::fmt::Display for KeyringError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Database(error) => error.fmt(f),
            Self::Unwrap(error) => error.fmt(f),
            Self::Crypto(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KeyringError {}

impl From<usher_persistence::Error> for KeyringError {
    fn from(error: usher_persistence::Error) -> Self {
        Self::Database(error)
    }
}

impl Keyring {
    /// The keys of the database; where there is none yet, the first is made.
    pub async fn open(
        database: &Database,
        secret: SecretKey,
        config: TokensConfig,
        clock: Clock,
    ) -> Result<Self, KeyringError> {
        let mut stored = database.signing_keys().await?;
        if stored.is_empty() {
            let key = SigningKey::generate().map_err(KeyringError::Crypto)?;
            let now = clock.now();
            let wrapped = secret.wrap(&key).map_err(KeyringError::Crypto)?;
            let first = StoredKey { kid: key.kid().to_owned(), wrapped, created_at: now, signs_from: now };
            stored = database.add_first_signing_key(&first).await?;
        }
        let keys = key_set(&secret, &stored, &clock)?;
        let tokens = Tokens::new(config, keys, clock.clone());
        Ok(Self { tokens, secret, clock, looked: Mutex::new(None) })
    }

    /// A new access token for a session, and its lifetime in seconds.
    pub fn issue(&self, user: Uuid, session: Uuid) -> Result<(String, u64), Problem> {
        self.tokens.issue(user, session).map_err(|error| Problem::Internal(error.to_string()))
    }

    /// What a token says. A key that nobody here knows may have been made by another replica a moment ago: the database is
    /// asked, but not by every stranger who makes up a name for a key.
    pub async fn verify(&self, token: &str, database: &Database) -> Result<Claims, Problem> {
        match self.tokens.verify(token) {
            Err(Invalid::UnknownKey) if self.may_look().await => {
                self.reload(database).await?;
                self.tokens.verify(token)
            }
            verified => verified,
        }
        .map_err(|invalid| {
            tracing::debug!(%invalid, "an access token was refused");
            Problem::Unauthorized(Credentials::Invalid)
        })
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
    pub fn memory(&self) -> Memory {
        self.tokens.memory()
    }

    /// The public keys, for other services.
    pub fn jwks(&self) -> Jwks {
        self.tokens.jwks()
    }

    async fn may_look(&self) -> bool {
        let mut looked = self.looked.lock().await;
        let may = looked.is_none_or(|last| last.elapsed() >= PAUSE);
        if may {
            *looked = Some(Instant::now());
        }
        may
    }

    async fn reload(&self, database: &Database) -> Result<(), Problem> {
        let stored = database.signing_keys().await?;
        let keys = key_set(&self.secret, &stored, &self.clock).map_err(|error| Problem::Internal(error.to_string()))?;
        self.tokens.replace(keys);
        Ok(())
    }
}

/// The newest key whose time has come signs; all verify.
fn key_set(secret: &SecretKey, stored: &[StoredKey], clock: &Clock) -> Result<KeySet, KeyringError> {
    let mut keys = Vec::with_capacity(stored.len());
    for key in stored {
        keys.push(secret.unwrap(&key.kid, &key.wrapped).map_err(KeyringError::Unwrap)?);
    }
    let now = clock.now();
    let signs = stored.iter().rposition(|key| key.signs_from <= now).unwrap_or(0);
    let others: Vec<_> = keys.iter().map(|key| key.public().clone()).collect();
    let signing = keys.into_iter().nth(signs).ok_or(KeyringError::Crypto(usher_auth::CryptoError))?;
    Ok(KeySet::new(signing, others))
}

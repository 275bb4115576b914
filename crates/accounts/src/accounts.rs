//! What all operations on accounts share.

use crate::{Error, Keyring, keyed_semaphore::KeyedSemaphore};
use chrono::TimeDelta;
use std::sync::Arc;
use usher_auth::{Hasher, JwkSet};
use usher_domain::policy::{Registration, Resource};
use usher_persistence::{Database, SessionLifetimes, SignInRules};
use uuid::Uuid;

/// What the operator allows.
#[derive(Debug, Clone, Copy)]
pub struct AccountSettings {
    pub registration: Registration,
    /// Whether only users with a verified e-mail address may sign in.
    pub require_verified_email: bool,
    /// Whether attempts are counted, and rate limited if there are too many.
    pub rate_limit: bool,
    pub lifetimes: SessionLifetimes,
    /// How long an API key may be valid.
    pub api_key_max_ttl: TimeDelta,
}

/// The operations on accounts, with what they need. Clones share everything but the connections of [`Database::here`].
#[derive(Clone)]
pub struct Accounts {
    pub(crate) database: Database,
    shared: Arc<Shared>,
}

struct Shared {
    keyring: Keyring,
    hasher: Hasher,
    settings: AccountSettings,
    semaphore: KeyedSemaphore,
}

impl Accounts {
    pub fn new(database: Database, keyring: Keyring, hasher: Hasher, settings: AccountSettings) -> Self {
        let database = database.requiring_verified_email(settings.require_verified_email);
        let shared = Shared { keyring, hasher, settings, semaphore: KeyedSemaphore::default() };
        Self { database, shared: Arc::new(shared) }
    }

    /// The same for a thread that serves: it looks up callers with a connection of its own.
    #[must_use]
    pub fn for_this_thread(&self) -> Self {
        Self { database: self.database.here(), shared: Arc::clone(&self.shared) }
    }

    /// The database, for operations that are one query or one write.
    pub fn database(&self) -> &Database {
        &self.database
    }

    pub fn keyring(&self) -> &Keyring {
        &self.shared.keyring
    }

    pub fn hasher(&self) -> &Hasher {
        &self.shared.hasher
    }

    pub fn settings(&self) -> &AccountSettings {
        &self.shared.settings
    }

    pub(crate) fn semaphore(&self) -> &KeyedSemaphore {
        &self.shared.semaphore
    }

    /// The service as the policy sees it.
    pub fn service_resource(&self) -> Resource<'static> {
        Resource::Service { registration: self.settings().registration }
    }

    pub(crate) fn sign_in_rules(&self) -> SignInRules {
        let AccountSettings { lifetimes, require_verified_email, .. } = *self.settings();
        SignInRules { lifetimes, verified_email: require_verified_email }
    }

    /// A new access token for a session and its lifetime in seconds.
    pub async fn issue_access_token(&self, user: Uuid, session: Uuid) -> Result<(String, u64), Error> {
        Ok(self.keyring().issue(user, session, &self.database).await?)
    }

    /// The public keys, for other services.
    pub async fn jwks(&self) -> JwkSet {
        self.keyring().jwks(&self.database).await
    }
}

//! What all operations on accounts share.

use crate::{Error, IssuedSession, Keyring, keyed_semaphore::KeyedSemaphore};
use chrono::TimeDelta;
use std::{sync::Arc, time::Duration};
use usher_auth::{Hasher, JwkSet, passkeys::RelyingParty};
use usher_domain::{
    FactorSupport,
    policy::{Registration, Resource},
};
use usher_persistence::{Database, OperatorRules, SessionLifetimes, SignInRules};

/// What the operator allows.
#[derive(Debug, Clone, Copy)]
pub struct AccountSettings {
    pub registration: Registration,
    pub rules: OperatorRules,
    /// Whether attempts are counted, and rate limited if there are too many.
    pub rate_limit: bool,
    pub lifetimes: SessionLifetimes,
    /// How long an API key may be valid.
    pub api_key_max_ttl: TimeDelta,
    /// Whether users may enrol second factors.
    pub factor_enrolment: bool,
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
    /// This service to passkeys; `None` if they do not work.
    relying_party: Option<Arc<RelyingParty>>,
    semaphore: KeyedSemaphore,
}

impl Accounts {
    /// Passkeys work only with a relying party.
    pub fn new(
        database: Database,
        keyring: Keyring,
        hasher: Hasher,
        settings: AccountSettings,
        relying_party: Option<RelyingParty>,
    ) -> Self {
        let database = database.with_rules(settings.rules, relying_party.as_ref().map(RelyingParty::id));
        let relying_party = relying_party.map(Arc::new);
        let shared = Shared { keyring, hasher, settings, relying_party, semaphore: KeyedSemaphore::default() };
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

    /// This service, to passkeys.
    ///
    /// # Errors
    /// [`Error::PasskeysUnavailable`].
    pub(crate) fn relying_party(&self) -> Result<&Arc<RelyingParty>, Error> {
        self.shared.relying_party.as_ref().ok_or(Error::PasskeysUnavailable)
    }

    /// Which second factors the service allows.
    pub(crate) fn factor_support(&self) -> FactorSupport {
        let passkeys = self.shared.relying_party.is_some();
        FactorSupport { enrolment: self.settings().factor_enrolment, passkeys }
    }

    pub(crate) fn semaphore(&self) -> &KeyedSemaphore {
        &self.shared.semaphore
    }

    /// The service as the policy sees it.
    pub fn service_resource(&self) -> Resource<'static> {
        Resource::Service { registration: self.settings().registration, factors: self.factor_support() }
    }

    pub(crate) fn sign_in_rules(&self) -> SignInRules {
        let AccountSettings { lifetimes, rules, .. } = *self.settings();
        SignInRules { lifetimes, verified_email: rules.verified_email }
    }

    /// A new access token for a session and its lifetime in seconds: the one of the settings, or `max_lifetime` if that is
    /// shorter.
    pub async fn issue_access_token(
        &self,
        issued: &IssuedSession,
        max_lifetime: Option<Duration>,
    ) -> Result<(String, u64), Error> {
        Ok(self.keyring().issue(issued, max_lifetime, &self.database).await?)
    }

    /// The public keys, for other services.
    pub async fn jwks(&self) -> JwkSet {
        self.keyring().jwks(&self.database).await
    }
}

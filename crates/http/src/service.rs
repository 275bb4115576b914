//! What every request shares.

use crate::{
    keyed_semaphore::KeyedSemaphore, middleware::metrics::Metrics, operation::Table,
    request::client_address::client_address, site::Site,
};
use actix_web::{HttpRequest, http::header::HeaderName};
use ipnet::IpNet;
use std::{
    net::IpAddr,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};
use usher_accounts::Keyring;
use usher_auth::{Clients, Hasher};
use usher_domain::{Clock, policy::Registration};
use usher_persistence::{Database, RequestMetadata, SessionLifetimes, SignInRules};

/// How the service presents itself and what it allows.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the world finds the service, without a slash at the end: the issuer of its tokens.
    pub public_url: String,
    /// Where mailed links lead, where that is an application and not our own pages.
    pub app_url: Option<String>,
    pub registration: Registration,
    /// Whether only users whose address is confirmed may sign in.
    pub require_verified_email: bool,
    /// Whether guesses, questions, registrations and changes are counted, and slowed where there are too many.
    pub rate_limit: bool,
    pub lifetimes: SessionLifetimes,
    /// Who may say, by `X-Forwarded-For`, which address a request came from.
    pub trusted_proxies: Vec<IpNet>,
    /// Which services may look at tokens.
    pub introspection_clients: Clients,
    /// Which origins a browser may call from.
    pub cors_origins: Vec<String>,
    /// Which header fields a browser may send besides those that the service reads.
    pub cors_headers: Vec<HeaderName>,
}

impl Settings {
    /// The path part of the public URL, before every path that the service tells; empty where it has none.
    pub fn prefix(&self) -> &str {
        let after_scheme = self.public_url.find("://").map_or(0, |at| at + 3);
        self.public_url[after_scheme..].find('/').map_or("", |at| &self.public_url[after_scheme + at..])
    }

    /// What a sign-in must be.
    pub fn sign_in_rules(&self) -> SignInRules {
        SignInRules { lifetimes: self.lifetimes, verified_email: self.require_verified_email }
    }
}

/// The service as one thread has it: a database, and what it shares with the others.
#[derive(Clone)]
pub struct Service {
    pub database: Database,
    shared: Arc<Shared>,
}

/// The keys of the service, its hashing threads, its settings: the same for all threads.
pub struct Shared {
    pub keyring: Keyring,
    pub hasher: Hasher,
    pub clock: Clock,
    pub settings: Settings,
    pub(crate) site: Site,
    pub(crate) metrics: Metrics,
    pub(crate) turns: KeyedSemaphore,
    leaving: AtomicBool,
}

impl Deref for Service {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Service {
    pub(crate) fn new(
        database: Database,
        keyring: Keyring,
        hasher: Hasher,
        clock: Clock,
        settings: Settings,
        table: Table,
    ) -> Self {
        let database = database.requiring_verified_email(settings.require_verified_email);
        let site = Site {
            prefix: settings.prefix().to_owned(),
            registration: settings.registration,
            verified_email: settings.require_verified_email,
            table,
        };
        let (metrics, turns) = (Metrics::new(table), KeyedSemaphore::default());
        let leaving = AtomicBool::new(false);
        let shared = Shared { keyring, hasher, clock, settings, site, metrics, turns, leaving };
        Self { database, shared: Arc::new(shared) }
    }

    /// The service for a thread that serves: its callers are looked up on that thread.
    #[must_use]
    pub fn here(&self) -> Self {
        Self { database: self.database.here(), shared: Arc::clone(&self.shared) }
    }

    /// From now on it is not ready and no answer keeps its connection, while every request is answered as ever: whoever
    /// sends requests here has time to notice, before the listener closes.
    pub fn leave(&self) {
        self.leaving.store(true, Relaxed);
    }

    /// Whether it is about to stop.
    pub(crate) fn is_leaving(&self) -> bool {
        self.leaving.load(Relaxed)
    }

    /// The address that a request came from.
    pub fn client_address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip();
        Some(client_address(peer, request.headers(), &self.settings.trusted_proxies))
    }

    /// Where a request came from, for the audit trail.
    pub fn request_metadata(&self, request: &HttpRequest) -> RequestMetadata {
        const USER_AGENT: usize = 256;
        let agent = request.headers().get("user-agent").and_then(|agent| agent.to_str().ok());
        RequestMetadata {
            request_id: crate::middleware::request_log::request_id(request),
            address: self.client_address(request).map(|address| address.to_string()),
            user_agent: agent.map(|agent| agent.chars().take(USER_AGENT).collect()),
        }
    }
}

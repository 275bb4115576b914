//! What all requests share: the database, keys, settings and metrics.

use crate::{
    api::Api, keyed_semaphore::KeyedSemaphore, middleware::metrics::Metrics, operation::Table,
    request::client_address::client_address,
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

/// Settings that requests depend on.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The public URL, without a slash at the end; also the issuer of tokens.
    pub public_url: String,
    /// Where mailed links lead, if that is an application and not the pages of the service.
    pub app_url: Option<String>,
    pub registration: Registration,
    /// Whether only users whose address is confirmed may sign in.
    pub require_verified_email: bool,
    /// Whether failed sign-ins, registrations and changes are counted and limited.
    pub rate_limit: bool,
    pub lifetimes: SessionLifetimes,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// The clients that may introspect tokens.
    pub introspection_clients: Clients,
    /// The origins that a browser may call from.
    pub cors_origins: Vec<String>,
    /// The header fields that a browser may send besides those that the service reads.
    pub cors_headers: Vec<HeaderName>,
}

impl Settings {
    /// The path of the public URL, which every link begins with; may be empty.
    pub fn prefix(&self) -> &str {
        let after_scheme = self.public_url.find("://").map_or(0, |at| at + 3);
        self.public_url[after_scheme..].find('/').map_or("", |at| &self.public_url[after_scheme + at..])
    }

    /// The rules for sign-ins.
    pub fn sign_in_rules(&self) -> SignInRules {
        SignInRules { lifetimes: self.lifetimes, verified_email: self.require_verified_email }
    }
}

/// The service of one thread: its database, and what it shares with the other threads.
#[derive(Clone)]
pub struct Service {
    pub database: Database,
    shared: Arc<Shared>,
}

/// What all threads share.
pub struct Shared {
    pub keyring: Keyring,
    pub hasher: Hasher,
    pub clock: Clock,
    pub settings: Settings,
    pub(crate) api: Api,
    pub(crate) metrics: Metrics,
    pub(crate) turns: KeyedSemaphore,
    draining: AtomicBool,
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
        let api = Api {
            prefix: settings.prefix().to_owned(),
            registration: settings.registration,
            verified_email: settings.require_verified_email,
            table,
        };
        let (metrics, turns) = (Metrics::new(table), KeyedSemaphore::default());
        let draining = AtomicBool::new(false);
        let shared = Shared { keyring, hasher, clock, settings, api, metrics, turns, draining };
        Self { database, shared: Arc::new(shared) }
    }

    /// The service for a thread that serves requests, which looks up callers on the same thread.
    #[must_use]
    pub fn for_this_thread(&self) -> Self {
        Self { database: self.database.here(), shared: Arc::clone(&self.shared) }
    }

    /// Begins to drain: the service reports that it is not ready and no response keeps its connection, but every request is
    /// served. Load balancers have time to notice before the listener closes.
    pub fn start_draining(&self) {
        self.draining.store(true, Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Relaxed)
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
            request_id: crate::middleware::request_context::request_id(request),
            address: self.client_address(request).map(|address| address.to_string()),
            user_agent: agent.map(|agent| agent.chars().take(USER_AGENT).collect()),
        }
    }
}

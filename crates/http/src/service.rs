//! The state that all requests share: the database, settings, the API for links, and metrics.

use crate::{
    hypermedia::api::Api, middleware::metrics::Metrics, operation::Table, request::client_address::client_address,
    waits::Waits,
};
use actix_web::{HttpRequest, http::header::HeaderName};
use chrono::TimeDelta;
use ipnet::IpNet;
use std::{
    net::IpAddr,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};
use usher_accounts::Accounts;
use usher_auth::Clients;
use usher_domain::Clock;
use usher_persistence::{Database, RequestMetadata};

/// Settings that requests depend on.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The public URL, without a slash at the end; also the issuer of tokens.
    pub public_url: String,
    /// Where mailed links lead, if that is an application and not the pages of the service.
    pub app_url: Option<String>,
    /// Whether the service has a web console.
    pub console: bool,
    /// How long events can be read from the feed.
    pub event_retention: TimeDelta,
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
}

/// The service of one thread: its database, and what it shares with the other threads.
#[derive(Clone)]
pub struct Service {
    pub accounts: Accounts,
    /// The database of `accounts`.
    pub database: Database,
    shared: Arc<Shared>,
}

/// What all threads share.
pub struct Shared {
    pub clock: Clock,
    pub settings: Settings,
    pub(crate) api: Api,
    pub(crate) metrics: Metrics,
    /// The requests that wait for events.
    pub(crate) waits: Waits,
    draining: AtomicBool,
}

impl Deref for Service {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Service {
    pub(crate) fn new(accounts: Accounts, clock: Clock, settings: Settings, table: Table) -> Self {
        let verified_email = accounts.settings().rules.verified_email;
        let api = Api::new(settings.prefix().to_owned(), accounts.service_resource(), verified_email, table);
        let (metrics, waits, draining) = (Metrics::new(table), Waits::new(), AtomicBool::new(false));
        let shared = Shared { clock, settings, api, metrics, waits, draining };
        Self { database: accounts.database().clone(), accounts, shared: Arc::new(shared) }
    }

    /// The service for a thread that serves requests, which looks up callers on the same thread.
    #[must_use]
    pub fn for_this_thread(&self) -> Self {
        let accounts = self.accounts.for_this_thread();
        Self { database: accounts.database().clone(), accounts, shared: Arc::clone(&self.shared) }
    }

    /// Begins to drain: the service reports that it is not ready and no response keeps its connection, but every request is
    /// served. Load balancers have time to notice before the listener closes.
    pub fn start_draining(&self) {
        self.draining.store(true, Relaxed);
    }

    /// Answers the requests that wait for events, because the service stops.
    pub fn end_waits(&self) {
        self.waits.stop();
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

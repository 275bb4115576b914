//! Coalesced reads: the caller of a request and its target, in one round trip that many requests share.
//!
//! One task owns one connection ([`batcher`]). It takes the requests that are waiting, asks the database once for all of
//! them, and only then takes those that have arrived in between. A request never joins a query that has been sent, so no
//! answer is older than its request. That alone makes every acknowledged write visible to every later request.
//!
//! Each thread that serves has such a task and connection of its own ([`Lookup::here`]). Nothing wakes another thread, and
//! while one waits for the database the others work.

mod batcher;
mod callers;
mod target;

pub use callers::{Credential, PresentedKey};
pub use target::{NoRow, ReadContext, TargetIds, TargetRow};

pub(crate) use callers::{hour, signing_key_revision};

use crate::{Error, OperatorRules, connection::Connector};
use batcher::Batcher;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};
use target::{AnyRow, TargetQuery};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};
use usher_domain::{Authentication, Clock, Role, policy::Principal};

/// Maximum number of requests that wait for a lookup. Beyond that the database is too slow, and requests are refused at once.
const MAX_WAITING: usize = 4096;

/// What the database says about a request at this moment.
#[derive(Debug)]
pub struct LookupResult<T> {
    /// [`Principal::Anonymous`] if no credential was given, its session has ended, its API key is not valid, or its user may
    /// not sign in.
    pub principal: Principal,
    /// The row that the request is about; `None` if there is none.
    pub target: Option<Arc<T>>,
    /// The revision of the signing keys in use; `None` if the credential is not valid.
    pub keys: Option<i64>,
    /// How the session of the caller was authenticated.
    pub authentication: Option<Authentication>,
    /// The API key of the caller.
    pub api_key: Option<PresentedKey>,
    /// All roles, the built-in ones first and the others sorted by name, if they were asked for; otherwise none.
    pub roles: Arc<[Role]>,
}

impl<T> LookupResult<T> {
    /// The result for a request without a credential and a target.
    pub fn anonymous() -> Self {
        Self {
            principal: Principal::Anonymous,
            target: None,
            keys: None,
            authentication: None,
            api_key: None,
            roles: Arc::default(),
        }
    }
}

/// Looks up callers and targets.
#[derive(Clone)]
pub struct Lookup {
    requests: mpsc::Sender<LookupRequest>,
    source: Arc<Source>,
    handle: Handle,
}

/// What all batchers share: the database, and counters since the start.
struct Source {
    connector: Connector,
    clock: Clock,
    rules: OperatorRules,
    /// The domain that passkeys must be for.
    rp_id: Option<Arc<str>>,
    requested: AtomicU64,
    taken: AtomicU64,
    round_trips: AtomicU64,
}

impl Source {
    fn new(connector: Connector, clock: Clock, rules: OperatorRules, rp_id: Option<Arc<str>>) -> Self {
        let [requested, taken, round_trips] = [const { AtomicU64::new(0) }; 3];
        Self { connector, clock, rules, rp_id, requested, taken, round_trips }
    }
}

/// How many requests share a round trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookupLoad {
    /// Requests that wait to be sent to the database.
    pub waiting: u64,
    /// Requests sent since the start.
    pub requests: u64,
    /// The round trips that these took.
    pub round_trips: u64,
}

struct LookupRequest {
    credential: Option<Credential>,
    target: Option<TargetQuery>,
    with_roles: bool,
    answer: oneshot::Sender<Result<Answer, Error>>,
}

/// A [`LookupResult`] before its row has a type.
struct Answer {
    principal: Principal,
    target: Option<AnyRow>,
    keys: Option<i64>,
    authentication: Option<Authentication>,
    api_key: Option<PresentedKey>,
    roles: Arc<[Role]>,
}

impl Lookup {
    pub(crate) fn start(connector: Connector, clock: Clock, handle: &Handle) -> Self {
        Self::spawn_batcher(Arc::new(Source::new(connector, clock, OperatorRules::default(), None)), handle)
    }

    /// The same for a service with these rules, whose passkeys are for this domain.
    pub(crate) fn with_rules(&self, rules: OperatorRules, rp_id: Option<Arc<str>>) -> Self {
        if (self.source.rules, &self.source.rp_id) == (rules, &rp_id) {
            return self.clone();
        }
        Self::spawn_batcher(
            Arc::new(Source::new(self.source.connector.clone(), self.source.clock.clone(), rules, rp_id)),
            &self.handle,
        )
    }

    /// The same with a batcher of its own, on the runtime of this thread.
    pub(crate) fn here(&self) -> Self {
        Self::spawn_batcher(Arc::clone(&self.source), &Handle::current())
    }

    fn spawn_batcher(source: Arc<Source>, handle: &Handle) -> Self {
        let (requests, waiting) = mpsc::channel(MAX_WAITING);
        handle.spawn(Batcher::new(Arc::clone(&source), handle.clone()).run(waiting));
        Self { requests, source, handle: handle.clone() }
    }

    /// How many requests wait on any thread, and how many have shared a round trip.
    pub fn load(&self) -> LookupLoad {
        // Read first: a request that arrives in between then counts as waiting, and the difference is never negative.
        let taken = AtomicU64::load(&self.source.taken, Relaxed);
        LookupLoad {
            waiting: AtomicU64::load(&self.source.requested, Relaxed).saturating_sub(taken),
            requests: taken,
            round_trips: AtomicU64::load(&self.source.round_trips, Relaxed),
        }
    }

    /// The caller and the target, and all roles if they are wanted, read after this call began. For [`NoRow`] no target is
    /// looked up.
    #[tracing::instrument(name = "lookup", skip_all, fields(otel.kind = "client", db.system.name = "postgresql"))]
    pub async fn find<T: TargetRow>(
        &self,
        credential: Option<Credential>,
        ids: TargetIds,
        with_roles: bool,
    ) -> Result<LookupResult<T>, Error> {
        let (answer, answered) = oneshot::channel();
        let target = TargetQuery::of::<T>(ids);
        self.requests
            .try_send(LookupRequest { credential, target, with_roles, answer })
            .map_err(|_| Error::Unavailable("too many requests are waiting for the database".to_owned()))?;
        self.source.requested.fetch_add(1, Relaxed);
        let answer =
            answered.await.unwrap_or_else(|_| Err(Error::Unavailable("the service is stopping".to_owned())))?;
        let Answer { principal, target, keys, authentication, api_key, roles } = answer;
        let target = target.and_then(|row| row.downcast().ok());
        Ok(LookupResult { principal, target, keys, authentication, api_key, roles })
    }
}

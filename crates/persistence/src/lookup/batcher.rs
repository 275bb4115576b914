//! The task that sends lookups to the database in batches.

use super::{
    Answer, Credential, LookupRequest, Source,
    callers::{self, KeyCallers, SessionCallers, signing_key_revision},
    target::{AnyRow, ReadContext, TargetKey, TargetQuery},
};
use crate::{Error, connection::Connection, roles::all_roles};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection, pooled_connection::PoolableConnection};
use futures_util::future::try_join_all;
use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::mpsc,
    task::yield_now,
    time::{Instant, timeout},
};
use usher_domain::{Role, policy::Principal};

/// Maximum number of requests in one round trip.
const MAX_BATCH: usize = 64;
/// Maximum time for a round trip. After that its connection is closed.
const ROUND_TRIP_TIMEOUT: Duration = Duration::from_secs(3);
/// Drops the plans of prepared statements and keeps those that are made next. By default Postgres plans such a statement each
/// time, since a plan for the few ids of one batch looks cheaper than one for any number; planning takes longer than reading.
const REPLAN: &str = "SET plan_cache_mode = force_generic_plan; DISCARD PLANS";
/// How long plans are kept: the tables may soon be many times larger.
const PLAN_LIFETIME: Duration = Duration::from_secs(1);
/// Pause after a failed attempt to connect. Requests that arrive in it are refused at once.
const RECONNECT_DELAY: Duration = Duration::from_millis(200);

pub(super) struct Batcher {
    source: Arc<Source>,
    handle: Handle,
    connection: Option<Connection>,
    /// When the last attempt to connect failed, and why.
    failed: Option<(Instant, String)>,
    /// When the statements were last planned on this connection.
    planned: Option<Instant>,
}

/// A connection for a round trip.
struct Taken {
    connection: Connection,
    /// Whether it was used before: then it may have been closed since.
    used: bool,
}

/// What a round trip found.
struct Answers {
    by_session: SessionCallers,
    by_api_key: KeyCallers,
    targets: HashMap<TargetKey, AnyRow>,
    keys: Option<i64>,
    roles: Arc<[Role]>,
}

impl Batcher {
    pub(super) fn new(source: Arc<Source>, handle: Handle) -> Self {
        Self { source, handle, connection: None, failed: None, planned: None }
    }

    pub(super) async fn run(mut self, mut waiting: mpsc::Receiver<LookupRequest>) {
        let mut batch = Vec::with_capacity(MAX_BATCH);
        while waiting.recv_many(&mut batch, MAX_BATCH).await > 0 {
            // One turn of the event loop: requests that are ready by then join the batch.
            yield_now().await;
            while batch.len() < MAX_BATCH
                && let Ok(request) = waiting.try_recv()
            {
                batch.push(request);
            }
            self.source.taken.fetch_add(batch.len() as u64, Relaxed);
            self.source.round_trips.fetch_add(1, Relaxed);
            // A client that has disconnected needs no answer.
            batch.retain(|request| !request.answer.is_closed());
            let answers = self.read(&batch).await;
            for request in batch.drain(..) {
                let answer = match &answers {
                    Ok(answers) => Ok(request.pick(answers)),
                    Err(why) => Err(Error::Unavailable(why.clone())),
                };
                // The client may have disconnected since.
                drop(request.answer.send(answer));
            }
        }
    }

    async fn read(&mut self, batch: &[LookupRequest]) -> Result<Answers, String> {
        let taken = self.connected().await?;
        let used = taken.used;
        let answers = match self.read_on(taken.connection, batch).await {
            // It was closed while idle: a pooler was restarted, or another database has taken over.
            Err(Error::ConnectionLost(why)) if used => {
                tracing::debug!(why, "retrying on a new connection");
                let taken = self.connected().await?;
                self.read_on(taken.connection, batch).await
            }
            answers => answers,
        };
        answers.map_err(|error| error.outage().map_or_else(|| error.to_string(), str::to_owned))
    }

    /// Reads on this connection. It is kept only after success: one that failed or timed out may still receive answers that no
    /// request waits for.
    async fn read_on(&mut self, mut connection: Connection, batch: &[LookupRequest]) -> Result<Answers, Error> {
        let planned = self.planned.filter(|at| at.elapsed() < PLAN_LIFETIME);
        let answers = timeout(ROUND_TRIP_TIMEOUT, async {
            if planned.is_none() {
                connection.batch_execute(REPLAN).await?;
            }
            read(&connection, &self.source, batch).await
        });
        let answers = answers.await.unwrap_or_else(|_| {
            Err(Error::Unavailable(format!("no answer within {} s", ROUND_TRIP_TIMEOUT.as_secs())))
        })?;
        self.planned = planned.or_else(|| Some(Instant::now()));
        self.connection = Some(connection);
        Ok(answers)
    }

    /// The connection; a new one if none can be used.
    async fn connected(&mut self) -> Result<Taken, String> {
        if let Some(mut connection) = self.connection.take()
            && !connection.is_broken()
        {
            return Ok(Taken { connection, used: true });
        }
        if let Some((at, why)) = &self.failed
            && at.elapsed() < RECONNECT_DELAY
        {
            return Err(why.clone());
        }
        match self.source.connector.connect(&self.handle).await {
            Ok(connection) => {
                self.failed = None;
                self.planned = None;
                Ok(Taken { connection, used: false })
            }
            Err(error) => {
                let why = error.to_string();
                self.failed = Some((Instant::now(), why.clone()));
                Err(why)
            }
        }
    }
}

/// One statement for the callers of each kind, one for each type of target, and one for the roles if a request wants them,
/// pipelined.
async fn read(connection: &AsyncPgConnection, source: &Source, batch: &[LookupRequest]) -> Result<Answers, Error> {
    let context = ReadContext { now: source.clock.now(), rules: source.rules, rp_id: source.rp_id.as_deref() };
    let (mut sessions, mut digests) = (Vec::new(), Vec::new());
    for credential in batch.iter().filter_map(|request| request.credential) {
        match credential {
            Credential::Session { session, .. } => sessions.push(session),
            Credential::ApiKey(digest) => digests.push(digest),
        }
    }
    // The statement for sessions returns the revision too.
    let keys = async {
        if batch.iter().all(|request| request.credential.is_some()) {
            return Ok(None);
        }
        diesel::select(signing_key_revision()).get_result::<Option<i64>>(&mut &*connection).await
    };
    let roles = async {
        if batch.iter().any(|request| request.with_roles) { all_roles(connection).await } else { Ok(Vec::new()) }
    };
    let queries = batch.iter().filter_map(|request| request.target).filter(|query| !query.is_of_caller()).collect();
    let (by_session, by_api_key, targets, keys, roles) = tokio::try_join!(
        callers::by_session(connection, sessions, context),
        callers::by_api_key(connection, digests, context),
        try_join_all(TargetQuery::load_all(queries, connection, context)),
        keys,
        roles
    )?;
    let keys = keys.or(by_session.keys);
    let targets = targets.into_iter().flatten().collect();
    Ok(Answers { by_session, by_api_key, targets, keys, roles: roles.into() })
}

impl LookupRequest {
    fn pick(&self, answers: &Answers) -> Answer {
        let (by_session, by_key) = match self.credential {
            Some(Credential::Session { session, user }) => {
                let by_session = answers.by_session.by_session.get(&session);
                (by_session.filter(|found| found.caller.id == user), None)
            }
            Some(Credential::ApiKey(digest)) => (None, answers.by_api_key.get(&digest)),
            None => (None, None),
        };
        let caller = by_session.map(|found| found.caller).or(by_key.map(|found| found.caller));
        Answer {
            principal: caller.map_or(Principal::Anonymous, Principal::User),
            target: self.target.and_then(|query| {
                if query.is_of_caller() {
                    by_key.map(|found| Arc::clone(&found.owner) as AnyRow)
                } else {
                    answers.targets.get(&query.key).cloned()
                }
            }),
            keys: answers.keys,
            authentication: by_session.map(|found| found.authentication),
            api_key: by_key.map(|found| found.key),
            roles: if self.with_roles { Arc::clone(&answers.roles) } else { Arc::default() },
        }
    }
}

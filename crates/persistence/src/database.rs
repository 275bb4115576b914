//! The database as the rest of the service knows it.

use crate::{
    Error, OperatorRules,
    connection::Connector,
    export_slots::ExportSlots,
    key_uses::KeyUses,
    known_feed::KnownFeed,
    lookup::Lookup,
    notify_limit::NotifyLimit,
    pool::{self, Pool, Pooled},
    row::columns,
};
use diesel::{dsl::sql, result::Error as DieselError, sql_types::Bool};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection, TransactionManager};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::Semaphore, time::timeout};
use usher_domain::Clock;

/// Maximum time for all work on a connection. Postgres ends a statement long before, so what takes longer is a
/// database or a network that has stopped responding.
const WORK_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a transaction is tried that conflicts with another one.
const MAX_ATTEMPTS: usize = 5;

/// All queries of a transaction see the same snapshot.
const SNAPSHOT: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// How many long operations may hold a connection at once: the others are left to short ones.
fn slots(connections: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new((connections / 4).clamp(1, 4)))
}

/// Connections to one Postgres. Clones share them.
#[derive(Clone)]
pub struct Database {
    connector: Connector,
    pool: Pool,
    lookup: Lookup,
    pub(crate) clock: Clock,
    pub(crate) rules: OperatorRules,
    /// The domain that passkeys must be for.
    rp_id: Option<Arc<str>>,
    /// Limits how many searches for users run at once.
    pub(crate) searches: Arc<Semaphore>,
    /// Limits how many exports run at once.
    pub(crate) exports: ExportSlots,
    /// Limits how often runners of jobs are notified.
    pub(crate) notify_limit: NotifyLimit,
    /// The API keys whose use is about to be recorded.
    pub(crate) key_uses: KeyUses,
    /// What is known of the feed of events.
    pub(crate) feed: KnownFeed,
}

/// How busy the pooled connections are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolLoad {
    /// Maximum number of connections.
    pub most: usize,
    /// Connections that have been made.
    pub open: usize,
    /// Those of them that are in use.
    pub in_use: usize,
    /// Requests that wait for one.
    pub waiting: usize,
}

pub(crate) type Manager = <AsyncPgConnection as AsyncConnection>::TransactionManager;

impl Database {
    /// Prepares connections to the Postgres at `url`, `size` of them pooled and one more for lookups
    /// ([`Self::here`] adds others), and makes them when they are first needed. Their drivers live on the runtime of `handle`.
    pub fn new(url: &str, size: usize, clock: Clock, handle: &Handle) -> Result<Self, Error> {
        let connector = Connector::new(url);
        Ok(Self {
            pool: pool::pool(&connector, size, handle)?,
            lookup: Lookup::start(connector.clone(), clock.clone(), handle),
            connector,
            clock,
            rules: OperatorRules::default(),
            rp_id: None,
            searches: slots(size),
            exports: ExportSlots::new(slots(size)),
            notify_limit: NotifyLimit::new(),
            key_uses: KeyUses::default(),
            feed: KnownFeed::new(),
        })
    }

    /// The same database for a service with these rules, whose passkeys are for this domain; `None` if they do not work.
    #[must_use]
    pub fn with_rules(self, rules: OperatorRules, rp_id: Option<&str>) -> Self {
        let rp_id = rp_id.map(Arc::from);
        Self { lookup: self.lookup.with_rules(rules, rp_id.clone()), rules, rp_id, ..self }
    }

    /// The domain that passkeys must be for.
    pub(crate) fn rp_id(&self) -> Option<String> {
        self.rp_id.as_deref().map(str::to_owned)
    }

    /// What a user's row depends on at this moment.
    pub(crate) fn columns(&self) -> columns {
        columns(self.clock.now(), self.rules.verified_email)
    }

    /// The same database for a thread that serves, whose lookups are gathered on that thread, by a connection of their own.
    #[must_use]
    pub fn here(&self) -> Self {
        Self { lookup: self.lookup.here(), ..self.clone() }
    }

    /// Looks up callers and targets: see [`Lookup`].
    pub fn lookup(&self) -> &Lookup {
        &self.lookup
    }

    pub(crate) fn connector(&self) -> &Connector {
        &self.connector
    }

    /// How busy its connections are.
    pub fn load(&self) -> PoolLoad {
        let now = self.pool.status();
        let in_use = now.size.saturating_sub(now.available);
        PoolLoad { most: now.max_size, open: now.size, in_use, waiting: now.waiting }
    }

    /// Whether the database answers.
    pub async fn answers(&self) -> Result<(), Error> {
        self.read(async |connection| {
            diesel::select(sql::<Bool>("true")).execute(connection).await?;
            Ok(())
        })
        .await
    }

    /// Whether the database answers and takes writes. Nothing is written.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] if it is a standby, or was made read-only.
    pub async fn takes_writes(&self) -> Result<(), Error> {
        self.read(async |connection| {
            let read_only = sql::<Bool>("current_setting('transaction_read_only')::boolean");
            if diesel::select(read_only).get_result(connection).await? {
                return Err(Error::ReadOnly("transaction_read_only is on".to_owned()));
            }
            Ok(())
        })
        .await
    }

    #[tracing::instrument(name = "connection", skip_all)]
    pub(crate) async fn connection(&self) -> Result<Pooled, Error> {
        pool::checkout(&self.pool).await
    }

    /// Runs `work` on a connection of its own.
    #[tracing::instrument(name = "query", skip_all, fields(otel.kind = "client", db.system.name = "postgresql"))]
    pub(crate) async fn with_connection<T>(
        &self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut connection = self.connection().await?;
        let answer = timeout(WORK_TIMEOUT, work(&mut connection)).await.ok();
        self.settle(connection, answer)
    }

    /// The same for `work` that only reads: it is retried on another connection if the first was lost, as happens to one
    /// that was closed while it was idle.
    pub(crate) async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error> + Clone,
    ) -> Result<T, Error> {
        match self.with_connection(work.clone()).await {
            Err(Error::ConnectionLost(why)) => {
                tracing::debug!(why, "retrying on another connection");
                // Those made before may have been closed too.
                self.distrust();
                self.with_connection(work).await
            }
            answer => answer,
        }
    }

    /// The answer that came on this connection, or `None`, which goes back to the pool unless there is something wrong with it.
    fn settle<T>(&self, connection: Pooled, answer: Option<Result<T, Error>>) -> Result<T, Error> {
        match answer {
            Some(Err(error)) if error.outage().is_some() || matches!(error, Error::Unexpected(_)) => {
                drop(Pooled::take(connection));
                if matches!(error, Error::ReadOnly(_)) {
                    self.distrust();
                }
                Err(error)
            }
            Some(answer) => answer,
            // The request has been abandoned: answers that still come on this connection belong to no other.
            None => {
                drop(Pooled::take(connection));
                Err(silent())
            }
        }
    }

    /// Replaces the connections that were made until now: the server behind them may not be the primary any more.
    fn distrust(&self) {
        self.connector.distrust();
        self.pool.retain(|connection, _| connection.is_trusted());
    }

    /// A connection on which a transaction has begun. Nothing depends on one that was lost before that.
    async fn begun(&self) -> Result<Pooled, Error> {
        match self.begin().await {
            Err(Error::ConnectionLost(why)) => {
                tracing::debug!(why, "retrying the transaction on another connection");
                self.distrust();
                self.begin().await
            }
            begun => begun,
        }
    }

    async fn begin(&self) -> Result<Pooled, Error> {
        let mut connection = self.connection().await?;
        match timeout(WORK_TIMEOUT, Manager::begin_transaction(&mut **connection)).await {
            Ok(Ok(())) => Ok(connection),
            Ok(Err(error)) => self.settle(connection, Some(Err(error.into()))),
            Err(_) => self.settle(connection, None),
        }
    }

    /// Waits for `work` however long it takes, for as long as the database answers others; `None` if it does not.
    pub(crate) async fn while_it_answers<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            if let Ok(done) = timeout(WORK_TIMEOUT, &mut work).await {
                return Some(done);
            }
            self.answers().await.ok()?;
        }
    }

    /// Runs `work` in a transaction: all of it is committed, or nothing. Retried if it conflicts with
    /// another, so `work` must have no effects outside of the database.
    pub(crate) async fn transaction<T>(
        &self,
        work: impl AsyncFn(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let done = self.quiet_transaction(work).await?;
        self.feed.mark_stale();
        Ok(done)
    }

    /// The same for work that records no events.
    pub(crate) async fn quiet_transaction<T>(
        &self,
        work: impl AsyncFn(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        again(async || self.attempt(&work).await).await
    }

    /// The same for long work: it is given up only if the database does not answer other requests either.
    pub(crate) async fn long_transaction<T>(
        &self,
        work: impl AsyncFn(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        again(async || {
            let mut connection = self.begun().await?;
            let answer = self.while_it_answers(committed(&mut connection, &work)).await;
            self.settle(connection, answer)
        })
        .await
    }

    /// Runs `work`, which reads: all of its queries see the same snapshot.
    #[tracing::instrument(name = "snapshot", skip_all, fields(otel.kind = "client", db.system.name = "postgresql"))]
    pub(crate) async fn snapshot<T>(
        &self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.reading(SNAPSHOT, work).await
    }

    /// The same for long work: it is given up only if the database does not answer other requests either.
    #[tracing::instrument(name = "snapshot", skip_all, fields(otel.kind = "client", db.system.name = "postgresql"))]
    pub(crate) async fn long_snapshot<T>(
        &self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut connection = self.begun().await?;
        let answer = self.while_it_answers(rolled_back(&mut connection, SNAPSHOT, work)).await;
        self.settle(connection, answer)
    }

    /// Runs `work`, which reads, with the limit that the statement `limit` sets.
    #[tracing::instrument(name = "query", skip_all, fields(otel.kind = "client", db.system.name = "postgresql"))]
    pub(crate) async fn limited<T>(
        &self,
        limit: &str,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.reading(limit, work).await
    }

    /// Runs `work`, which reads, in a transaction that begins with the statement `first`.
    async fn reading<T>(
        &self,
        first: &str,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut connection = self.begun().await?;
        let answer = timeout(WORK_TIMEOUT, rolled_back(&mut connection, first, work)).await.ok();
        self.settle(connection, answer)
    }

    #[tracing::instrument(name = "transaction", skip_all, fields(otel.kind = "client", db.system.name = "postgresql"))]
    async fn attempt<T>(&self, work: &impl AsyncFn(&mut AsyncPgConnection) -> Result<T, Error>) -> Result<T, Error> {
        let mut connection = self.begun().await?;
        let answer = timeout(WORK_TIMEOUT, committed(&mut connection, work)).await.ok();
        self.settle(connection, answer)
    }
}

/// The database does not answer.
pub(crate) fn silent() -> Error {
    Error::Unavailable(format!("no answer within {} s", WORK_TIMEOUT.as_secs()))
}

/// Retries a transaction that is in conflict with another.
async fn again<T>(attempt: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
    for _ in 1..MAX_ATTEMPTS {
        match attempt().await {
            Err(Error::Contended) => {}
            done => return done,
        }
    }
    match attempt().await {
        Err(Error::Contended) => Err(Error::Unavailable(Error::Contended.to_string())),
        done => done,
    }
}

/// Reads in a transaction that has begun, after the statement `first`.
async fn rolled_back<T>(
    connection: &mut AsyncPgConnection,
    first: &str,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    let answer = match connection.batch_execute(first).await {
        Ok(()) => work(connection).await,
        Err(error) => Err(error.into()),
    };
    // Nothing was written, so there is nothing to keep.
    let ended = Manager::rollback_transaction(connection).await;
    let answer = answer?;
    ended?;
    Ok(answer)
}

/// One try of a transaction that has begun.
async fn committed<T>(
    connection: &mut AsyncPgConnection,
    work: &impl AsyncFn(&mut AsyncPgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    match work(connection).await {
        Ok(value) => {
            Manager::commit_transaction(connection).await?;
            Ok(value)
        }
        Err(error) => {
            // If even this fails the connection is broken, and the pool drops it.
            if let Err(failure) = Manager::rollback_transaction(connection).await {
                tracing::debug!(%failure, "a transaction could not be rolled back");
            }
            Err(error)
        }
    }
}

/// The requested row, or `None`.
pub(crate) fn found<T>(answer: Result<T, DieselError>) -> Result<Option<T>, Error> {
    match answer {
        Ok(row) => Ok(Some(row)),
        Err(DieselError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

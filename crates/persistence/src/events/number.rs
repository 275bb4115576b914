//! Numbering: committed events get their positions.

use super::CHANNEL;
use crate::{Database, Error, cached_statement::CachedStatement};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Bool},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use usher_domain::event_feed::Position;

/// Maximum number of events that one transaction numbers.
const BATCH: i64 = 5000;

/// The statement that numbers must see what the transaction that held the lock before has committed, so it needs a snapshot of its
/// own, whatever the default of the server is.
const LOCK: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; \
    SELECT pg_advisory_xact_lock(hashtext('usher.events')::bigint)";
/// Events that are not committed are not visible, and get later positions. If another replica has numbered the queue meanwhile, the
/// newest position is one of its.
const NUMBER: &str = "WITH queued AS ( \
        DELETE FROM event_queue WHERE seq IN (SELECT seq FROM event_queue ORDER BY seq LIMIT $1) \
        RETURNING seq, id, at, type \
    ), numbered AS ( \
        INSERT INTO events (position, id, at, type) \
        SELECT (SELECT coalesce(max(position), 0) FROM events) + row_number() OVER (ORDER BY seq), id, at, type \
        FROM queued RETURNING position \
    ) SELECT count(*) AS n, coalesce(max(position), (SELECT max(position) FROM events), 0) AS newest FROM numbered";
const NEWEST: &str = "SELECT coalesce((SELECT max(position) FROM events), 0) AS newest, \
    EXISTS (SELECT FROM event_queue) AS has_queued";

/// The result of numbering.
pub(super) struct Numbered {
    /// The position of the newest event.
    pub(super) newest: Position,
    /// Whether there are more events to number.
    pub(super) has_more: bool,
}

#[derive(QueryableByName)]
struct Batch {
    #[diesel(sql_type = BigInt)]
    n: i64,
    /// The position of the newest event; 0 if there is none.
    #[diesel(sql_type = BigInt)]
    newest: i64,
}

#[derive(QueryableByName)]
struct Feed {
    #[diesel(sql_type = BigInt)]
    newest: i64,
    #[diesel(sql_type = Bool)]
    has_queued: bool,
}

impl Database {
    /// Numbers events that have been committed: a few thousand of them, or `all`.
    pub(super) async fn number_events(&self, all: bool) -> Result<Numbered, Error> {
        let mut feed = self.feed_now().await?;
        let mut has_more = false;
        if feed.has_queued {
            let numbering = self.feed.numbering().await;
            // Another task of this replica may have numbered them meanwhile.
            feed = self.feed_now().await?;
            has_more = feed.has_queued;
            while has_more {
                let batch = self.number_batch().await?;
                feed.newest = feed.newest.max(batch.newest);
                has_more = batch.n == BATCH;
                if !all {
                    break;
                }
            }
            drop(numbering);
        }
        let newest = Position::new(feed.newest).unwrap_or_default();
        self.feed.set_newest(newest);
        Ok(Numbered { newest, has_more })
    }

    async fn feed_now(&self) -> Result<Feed, Error> {
        self.read(async |connection| Ok(CachedStatement(sql_query(NEWEST)).get_result(connection).await?)).await
    }

    async fn number_batch(&self) -> Result<Batch, Error> {
        self.quiet_transaction(async |connection| {
            connection.batch_execute(LOCK).await?;
            let number = sql_query(NUMBER).bind::<BigInt, _>(BATCH);
            let batch: Batch = CachedStatement(number).get_result(connection).await?;
            if batch.n > 0 {
                notify(connection).await?;
            }
            Ok(batch)
        })
        .await
    }
}

/// Tells all replicas when the transaction is committed.
async fn notify(connection: &mut AsyncPgConnection) -> Result<(), Error> {
    Ok(connection.batch_execute(&format!("NOTIFY {CHANNEL}")).await?)
}

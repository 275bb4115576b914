//! Removes expired rows and closes days in the background: a batch at a time, so that no request waits for it, and on one replica
//! at a time.

use crate::{Database, Error, api_keys, events, factors, mail, rate_limits, signing_keys, statistics};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Bool, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use usher_domain::clock::first_id_at;
use uuid::Uuid;

/// Maximum number of rows of a table that one transaction deletes.
const BATCH: i64 = 1000;

/// How long rows are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Forever if it is `None`.
    pub audit_events: Option<TimeDelta>,
    /// How long events stay in the feed; at most as long as the audit events.
    pub events: TimeDelta,
    /// The lifetime of an access token: a signing key is kept for that long after the last token that it has signed.
    pub access_tokens: TimeDelta,
}

#[derive(QueryableByName)]
struct Lock {
    #[diesel(sql_type = Bool)]
    acquired: bool,
}

impl Database {
    /// Deletes a batch of expired rows and returns how many; 0 if there are none, or if another replica is
    /// deleting them.
    pub async fn cleanup(&self, retention: Retention) -> Result<usize, Error> {
        let now = self.clock.now();
        // A retention that reaches back further than times do keeps everything.
        let first_kept = retention.audit_events.and_then(|kept| Some(first_id_at(now.checked_sub_signed(kept)?)));
        self.transaction(async |connection| {
            // Replicas of earlier releases take this lock by this name.
            let lock = "SELECT pg_try_advisory_xact_lock(hashtext('usher.tidy')::bigint) AS acquired";
            if !sql_query(lock).get_result::<Lock>(connection).await?.acquired {
                return Ok(0);
            }
            let mut deleted = sessions(connection, now).await?
                + api_keys::cleanup(connection, now, BATCH).await?
                + factors::cleanup(connection, now, BATCH).await?
                + mail::cleanup(connection, now, BATCH).await?
                + signing_keys::cleanup(connection, now, retention.access_tokens).await?
                + rate_limits::cleanup(connection, now, BATCH).await?
                + statistics::close_days(connection, now, BATCH).await?;
            if let Some(kept_since) = now.checked_sub_signed(retention.events) {
                deleted += events::cleanup(connection, kept_since, BATCH).await?;
            }
            if let Some(first_kept) = first_kept {
                deleted += audit_events(connection, first_kept).await?;
            }
            Ok(deleted)
        })
        .await
    }
}

/// Expired sessions, and their refresh tokens with them.
async fn sessions(connection: &mut AsyncPgConnection, now: DateTime<Utc>) -> Result<usize, Error> {
    let statement = "DELETE FROM sessions WHERE id IN \
        (SELECT id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let deleted = sql_query(statement).bind::<Timestamptz, _>(now).bind::<BigInt, _>(BATCH).execute(connection).await?;
    Ok(deleted)
}

/// Events from before the retention. A trigger refuses to delete them unless the transaction gives this reason.
async fn audit_events(connection: &mut AsyncPgConnection, first_kept: Uuid) -> Result<usize, Error> {
    connection.batch_execute("SET LOCAL usher.audit_retention = 'on'").await?;
    let statement =
        "DELETE FROM audit_events WHERE id IN (SELECT id FROM audit_events WHERE id < $1 ORDER BY id LIMIT $2)";
    let deleted = sql_query(statement)
        .bind::<diesel::sql_types::Uuid, _>(first_kept)
        .bind::<BigInt, _>(BATCH)
        .execute(connection)
        .await?;
    Ok(deleted)
}

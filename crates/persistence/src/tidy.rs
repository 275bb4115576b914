//! Rows that have had their time, removed in the background: a batch at a time, so that nobody waits for it, and by one
//! replica at a time.

use crate::{Database, Error, mail, signing_keys, throttles};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Bool, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use usher_domain::clock::first_id_at;
use uuid::Uuid;

/// Most rows that go in one transaction.
const BATCH: i64 = 1000;

/// How long things stay.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// For ever where it is not said.
    pub audit_events: Option<TimeDelta>,
    /// The lifetime of an access token: for so long a key stays after it has signed the last one.
    pub access_tokens: TimeDelta,
}

#[derive(QueryableByName)]
struct Turn {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

impl Database {
    /// Removes a batch of what has had its time, and returns how many rows went; 0 where there are none, or where another
    /// replica is at it.
    pub async fn tidy(&self, retention: Retention) -> Result<usize, Error> {
        let now = self.clock.now();
        // A retention that reaches back to before there was time keeps all.
        let first_kept = retention.audit_events.and_then(|kept| Some(first_id_at(now.checked_sub_signed(kept)?)));
        self.transaction(async |connection| {
            let turn = "SELECT pg_try_advisory_xact_lock(hashtext('usher.tidy')::bigint) AS taken";
            if !sql_query(turn).get_result::<Turn>(connection).await?.taken {
                return Ok(0);
            }
            let mut gone = sessions(connection, now).await?
                + mail::tidy(connection, now, BATCH).await?
                + signing_keys::tidy(connection, now, retention.access_tokens).await?
                + throttles::tidy(connection, now, BATCH).await?;
            if let Some(first_kept) = first_kept {
                gone += audit_events(connection, first_kept).await?;
            }
            Ok(gone)
        })
        .await
    }
}

/// Sessions that have expired, and their refresh tokens with them.
async fn sessions(connection: &mut AsyncPgConnection, now: DateTime<Utc>) -> Result<usize, Error> {
    let statement = "DELETE FROM sessions WHERE id IN \
        (SELECT id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let gone = sql_query(statement).bind::<Timestamptz, _>(now).bind::<BigInt, _>(BATCH).execute(connection).await?;
    Ok(gone)
}

/// Events from before the retention; their table lets go of them only for whoever says that this is why.
async fn audit_events(connection: &mut AsyncPgConnection, first_kept: Uuid) -> Result<usize, Error> {
    connection.batch_execute("SET LOCAL usher.audit_retention = 'on'").await?;
    let statement =
        "DELETE FROM audit_events WHERE id IN (SELECT id FROM audit_events WHERE id < $1 ORDER BY id LIMIT $2)";
    let gone = sql_query(statement)
        .bind::<diesel::sql_types::Uuid, _>(first_kept)
        .bind::<BigInt, _>(BATCH)
        .execute(connection)
        .await?;
    Ok(gone)
}

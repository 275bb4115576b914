//! Rows that have had their time, removed in the background: a batch at a time, so that nobody waits for it, and by one
//! replica at a time.

use crate::{Database, Error, mail};
use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Bool, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// Most rows that go in one transaction.
const BATCH: i64 = 1000;

#[derive(QueryableByName)]
struct Turn {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

impl Database {
    /// Removes a batch of what has had its time, and returns how many rows went; 0 where there are none, or where another
    /// replica is at it.
    pub async fn tidy(&self) -> Result<usize, Error> {
        let now = self.clock.now();
        self.transaction(async |connection| {
            let turn = "SELECT pg_try_advisory_xact_lock(hashtext('usher.tidy')::bigint) AS taken";
            if !sql_query(turn).get_result::<Turn>(connection).await?.taken {
                return Ok(0);
            }
            Ok(sessions(connection, now).await? + mail::tidy(connection, now, BATCH).await?)
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

//! Jobs for mails that replicas of the previous release have queued.
//!
//! Those replicas claim a mail by locking its row and moving `due_at`. So does this: exactly one of them gets each mail, and a
//! mail that an old replica is sending is not due. Can be removed when no supported upgrade starts at a release without jobs.

use super::{BY_JOB, MAIL_JOB};
use crate::{Database, Error};
use diesel::{
    sql_query,
    sql_types::{Text, Timestamptz},
};
use diesel_async::RunQueryDsl;

/// The new number of attempts makes an old replica that comes too late leave the row as it is.
const ADOPT: &str = "WITH adopted AS ( \
    UPDATE outbox SET due_at = $1, attempts = attempts + 1 \
    WHERE id IN (SELECT id FROM outbox WHERE due_at <= $2 ORDER BY due_at, id LIMIT 100 FOR UPDATE SKIP LOCKED) \
    RETURNING id, created_at, attempts) \
    INSERT INTO jobs (id, kind, created_at, run_at, attempts) \
    SELECT id, $3, created_at, $2, attempts - 1 FROM adopted ON CONFLICT (id) DO NOTHING";

impl Database {
    /// Makes jobs of mails that are due and have none.
    pub async fn adopt_mails(&self) -> Result<(), Error> {
        let now = self.clock.now();
        self.with_connection(async |connection| {
            let adopt =
                sql_query(ADOPT).bind::<Timestamptz, _>(BY_JOB).bind::<Timestamptz, _>(now).bind::<Text, _>(MAIL_JOB);
            Ok(adopt.execute(connection).await.map(drop)?)
        })
        .await
    }
}

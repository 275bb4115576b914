//! Enqueueing jobs.

use super::CHANNEL;
use crate::{Database, Error, schema::jobs};
use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

/// A job that is due at once.
#[derive(Insertable)]
#[diesel(table_name = jobs)]
pub(crate) struct NewJob {
    /// The id of the row that it works on.
    pub(crate) id: Uuid,
    pub(crate) kind: &'static str,
    pub(crate) created_at: DateTime<Utc>,
}

impl Database {
    /// Adds a job, in the caller's transaction, and wakes a runner when that is committed.
    pub(crate) async fn enqueue(&self, connection: &AsyncPgConnection, job: NewJob) -> Result<(), Error> {
        let run_at = job.created_at;
        let insert = async {
            let mut connection = connection;
            let row = (job, jobs::run_at.eq(run_at), jobs::attempts.eq(0));
            diesel::insert_into(jobs::table).values(row).execute(&mut connection).await
        };
        let notify = async { if self.notify_limit.allows() { notify(connection).await } else { Ok(()) } };
        let (inserted, notified) = tokio::join!(biased; insert, notify);
        inserted?;
        notified
    }
}

/// Wakes all runners that listen when the transaction is committed.
async fn notify(mut connection: &AsyncPgConnection) -> Result<(), Error> {
    sql_query(format!("NOTIFY {CHANNEL}")).execute(&mut connection).await?;
    Ok(())
}

//! Enqueueing jobs.

use super::CHANNEL;
use crate::{Database, Error, schema::jobs};
use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use uuid::Uuid;

/// One process sends at most one `NOTIFY` in this time. Transactions with a `NOTIFY` commit one after another in the whole
/// server, so sending one with each job would limit the rate of writes. Runners find the other jobs when they poll, or with the
/// next `NOTIFY`.
const NOTIFY_INTERVAL: Duration = Duration::from_millis(100);

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

/// Limits the rate of `NOTIFY`. Clones share one limit.
#[derive(Clone)]
pub(crate) struct NotifyLimit(Arc<Last>);

struct Last {
    start: Instant,
    /// Milliseconds after the start from which on the next `NOTIFY` is allowed.
    next: AtomicU64,
}

impl NotifyLimit {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Last { start: Instant::now(), next: AtomicU64::new(0) }))
    }

    fn allows(&self) -> bool {
        self.allows_at(self.0.start.elapsed())
    }

    fn allows_at(&self, time: Duration) -> bool {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let now = millis(time);
        let update = |next| (now >= next).then_some(now.saturating_add(millis(NOTIFY_INTERVAL)));
        self.0.next.fetch_update(Relaxed, Relaxed, update).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_jobs_sends_one_notification() {
        let limit = NotifyLimit::new();
        let allowed: Vec<u64> =
            (0..=250).filter(|millis| limit.clone().allows_at(Duration::from_millis(*millis))).collect();
        assert_eq!(allowed, [0, 100, 200]);
    }
}

//! Completing jobs, and scheduling them again.
//!
//! Both do nothing if the lease has ended and another runner has claimed the job.

use super::ClaimedJob;
use crate::{Database, Error, cached_statement::CachedStatement, schema::jobs};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

impl Database {
    /// Deletes a job that is done, or that was given up.
    pub async fn complete_job(&self, job: &ClaimedJob) -> Result<(), Error> {
        let claimed = jobs::table.filter(jobs::id.eq(job.id)).filter(jobs::attempts.eq(job.attempts));
        let deletion = diesel::delete(claimed);
        self.with_connection(async |connection| Ok(deletion.execute(connection).await.map(drop)?)).await
    }

    /// Schedules the next run of a job that failed.
    pub async fn reschedule_job(&self, job: &ClaimedJob, run_at: DateTime<Utc>) -> Result<(), Error> {
        let claimed = jobs::table.filter(jobs::id.eq(job.id)).filter(jobs::attempts.eq(job.attempts));
        let change = diesel::update(claimed).set(jobs::run_at.eq(run_at));
        self.with_connection(async |connection| Ok(CachedStatement(change).execute(connection).await.map(drop)?)).await
    }
}

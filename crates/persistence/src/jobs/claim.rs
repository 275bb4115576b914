//! Claiming jobs.

use crate::{Database, Error, cached_statement::CachedStatement, database::found, schema::jobs};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// A job that no other runner runs until its lease ends.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub struct ClaimedJob {
    /// The id of the row that it works on.
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    /// The number of runs, including this one.
    pub attempts: i32,
}

impl Database {
    /// Claims the job of this kind that has been due for the longest time. Jobs that others are claiming at this moment are
    /// skipped.
    pub async fn claim_job(&self, kind: &'static str, lease: TimeDelta) -> Result<Option<ClaimedJob>, Error> {
        let now = self.clock.now();
        let due = diesel::alias!(jobs as due);
        let next = due
            .filter(due.field(jobs::kind).eq(kind))
            .filter(due.field(jobs::run_at).le(now))
            .order((due.field(jobs::run_at), due.field(jobs::id)))
            .select(due.field(jobs::id))
            .limit(1)
            .for_update()
            .skip_locked();
        let claim = diesel::update(jobs::table.filter(jobs::id.eq_any(next)))
            .set((jobs::run_at.eq(now + lease), jobs::attempts.eq(jobs::attempts + 1)))
            .returning(ClaimedJob::as_returning());
        self.with_connection(async |connection| found(CachedStatement(claim).get_result(connection).await)).await
    }
}

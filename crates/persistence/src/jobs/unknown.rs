//! Jobs of kinds that this version does not know.

use crate::{Database, Error, schema::jobs};
use chrono::TimeDelta;
use diesel::{dsl::count_star, prelude::*};
use diesel_async::RunQueryDsl;

impl Database {
    /// The other kinds that have jobs overdue by this long, and how many jobs of each.
    pub async fn overdue_jobs_of_other_kinds(
        &self,
        known: &[&'static str],
        overdue: TimeDelta,
    ) -> Result<Vec<(String, i64)>, Error> {
        let jobs = jobs::table
            .filter(jobs::kind.ne_all(known))
            .filter(jobs::run_at.lt(self.clock.now() - overdue))
            .group_by(jobs::kind)
            .order(jobs::kind)
            .select((jobs::kind, count_star()));
        self.read(async |connection| Ok(jobs.load(connection).await?)).await
    }
}

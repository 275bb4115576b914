//! Jobs of kinds that this version does not know are logged, and left to a newer replica.

use crate::JobDatabase;
use chrono::TimeDelta;
use std::{convert::Infallible, time::Duration};

/// How often they are logged.
const LOG_INTERVAL: Duration = Duration::from_mins(10);
/// They are logged only if they have been due for this long: a newer replica runs its jobs sooner.
const OVERDUE: TimeDelta = TimeDelta::minutes(1);

pub(crate) async fn log(database: &JobDatabase, known: &[&'static str]) -> Infallible {
    let mut interval = tokio::time::interval(LOG_INTERVAL);
    loop {
        interval.tick().await;
        let unknown = database.lock().await.overdue_jobs_of_other_kinds(known, OVERDUE).await;
        match unknown {
            Ok(unknown) => {
                for (kind, jobs) in unknown {
                    tracing::warn!(kind, jobs, "jobs of a kind that this version does not know are waiting");
                }
            }
            Err(error) => tracing::debug!(%error, "the job queue could not be read"),
        }
    }
}

//! The queue of background jobs.
//!
//! A job is enqueued in the transaction of the change that causes it. A runner claims it for the time of a lease, runs it, and
//! then deletes it or schedules its next run. If the runner dies, the lease ends and another runner claims the job: each job
//! runs at least once.
//!
//! A job has no payload. It works on the row with the same id in the table of its kind.

mod claim;
mod enqueue;
mod finish;
mod unknown;

pub use claim::ClaimedJob;
pub(crate) use enqueue::NewJob;

use crate::Database;
use std::convert::Infallible;

/// The channel of `NOTIFY` that wakes runners.
const CHANNEL: &str = "usher_jobs";

impl Database {
    /// Calls `wake` when jobs are enqueued, for as long as it is polled, on a connection of its own.
    pub async fn listen_for_jobs(&self, wake: impl Fn()) -> Infallible {
        self.listen(CHANNEL, wake).await
    }
}

//! What a kind of job is.

use crate::Retry;
use chrono::TimeDelta;
use tokio::sync::{Mutex, MutexGuard};
use usher_persistence::{ClaimedJob, Database, Error};

/// A kind of job.
pub trait Job: Send + 'static {
    /// The name of the kind in the database.
    const KIND: &'static str;
    /// Maximum number of jobs of this kind that one replica runs at a time.
    const CONCURRENCY: usize;
    /// After this time another replica may run the job. Must be longer than any run.
    const LEASE: TimeDelta;
    /// When a job that failed runs again.
    const RETRY: Retry;

    /// Runs a job. It is deleted if the run succeeds.
    fn run(&self, job: &ClaimedJob, database: &JobDatabase) -> impl Future<Output = Result<(), JobError>>;

    /// Removes the data of a job that is given up.
    fn give_up(&self, job: &ClaimedJob, database: &JobDatabase) -> impl Future<Output = Result<(), Error>>;

    /// Adds jobs that no transaction has enqueued. Called once in each polling interval.
    fn refill(&self, database: &JobDatabase) -> impl Future<Output = Result<(), Error>>;
}

/// A run of a job was not successful.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The job failed, and may succeed later.
    #[error("{0}")]
    Temporary(String),
    /// The job failed, and will probably fail again.
    #[error("{0}")]
    Permanent(String),
    /// The job is about something that this version does not know. It is left to a replica of another version, and is never
    /// given up.
    #[error("{0}")]
    Unknown(String),
    /// The database failed. The job runs again when its lease has ended.
    #[error(transparent)]
    Database(#[from] Error),
}

/// The database for jobs. All jobs of a replica together use one connection at a time, so that they do not delay requests.
pub struct JobDatabase(Mutex<Database>);

impl JobDatabase {
    pub(crate) fn new(database: Database) -> Self {
        Self(Mutex::new(database))
    }

    /// Waits until no other job uses the database. Do not hold the guard while waiting for anything else.
    pub async fn lock(&self) -> MutexGuard<'_, Database> {
        self.0.lock().await
    }
}

//! Runs background jobs from the queue in the database (`usher_persistence`, `jobs/`).
//!
//! To add a kind of job:
//!
//! 1. Give it a table, if it has data. The row and its job have the same id. Write the row and call `Database::enqueue` in the
//!    transaction of the change that causes the job.
//! 2. Implement [`Job`] for it. A job may run more than once, so a second run must find out what the first one has done.
//! 3. Register it with the [`JobRunner`].
//!
//! Each kind is a queue of its own with a limit of its own, so jobs of one kind do not wait for those of another. Jobs of kinds
//! that are not registered stay in the queue: they are those of a newer replica.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod job;
mod queue;
mod retry;
mod runner;
mod unknown;

pub use job::{Job, JobDatabase, JobError};
pub use retry::Retry;
pub use runner::{JobRunner, JobRunnerBuilder};

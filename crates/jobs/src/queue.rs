//! The loop that claims and runs the jobs of one kind.

use crate::{Job, JobDatabase, JobError};
use std::{rc::Rc, sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{Instant, sleep},
};
use usher_domain::Clock;
use usher_persistence::{ClaimedJob, Error};

/// Pause after the database has failed.
const ERROR_DELAY: Duration = Duration::from_secs(2);

/// What all queues of a runner share.
pub(crate) struct Shared {
    pub(crate) database: JobDatabase,
    pub(crate) clock: Clock,
    pub(crate) poll_interval: Duration,
    /// Changes when jobs may have been enqueued.
    pub(crate) wake: watch::Sender<()>,
}

/// Runs jobs until `stopped`, and then waits for those that are running.
pub(crate) async fn run<J: Job>(job: J, shared: Rc<Shared>, mut stopped: watch::Receiver<bool>) {
    let queue = Rc::new(Queue { job, shared });
    let mut woken = queue.shared.wake.subscribe();
    let permits = Arc::new(Semaphore::new(J::CONCURRENCY));
    let mut running = JoinSet::new();
    let mut refill_at = Instant::now();
    // The semaphore is never closed.
    while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
        while running.try_join_next().is_some() {}
        // Before the queue is read, so that a job that is enqueued after that wakes this loop.
        woken.mark_unchanged();
        let refill = Instant::now() >= refill_at;
        if refill {
            refill_at = Instant::now() + queue.shared.poll_interval;
        }
        let Some(claimed) = queue.claim(refill, &stopped).await else { break };
        match claimed {
            Ok(Some(claimed)) => {
                let queue = Rc::clone(&queue);
                running.spawn_local(async move {
                    queue.run(&claimed).await;
                    drop(permit);
                });
            }
            Ok(None) => {
                drop(permit);
                tokio::select! {
                    () = sleep(queue.shared.poll_interval) => {}
                    _ = woken.changed() => {}
                    _ = stopped.changed() => {}
                }
            }
            Err(error) => {
                tracing::debug!(kind = J::KIND, %error, "the job queue could not be read");
                drop(permit);
                tokio::select! {
                    () = sleep(ERROR_DELAY) => {}
                    _ = stopped.changed() => {}
                }
            }
        }
    }
    while running.join_next().await.is_some() {}
}

struct Queue<J> {
    job: J,
    shared: Rc<Shared>,
}

impl<J: Job> Queue<J> {
    /// The next job that is due; `None` after a stop.
    async fn claim(&self, refill: bool, stopped: &watch::Receiver<bool>) -> Option<Result<Option<ClaimedJob>, Error>> {
        if refill && let Err(error) = self.job.refill(&self.shared.database).await {
            return Some(Err(error));
        }
        let database = self.shared.database.lock().await;
        if *stopped.borrow() {
            return None;
        }
        Some(database.claim_job(J::KIND, J::LEASE).await)
    }

    async fn run(&self, claimed: &ClaimedJob) {
        let done = match self.job.run(claimed, &self.shared.database).await {
            Ok(()) => self.shared.database.lock().await.complete_job(claimed).await,
            Err(JobError::Temporary(reason)) => self.reschedule(claimed, &reason, false).await,
            Err(JobError::Permanent(reason)) => self.reschedule(claimed, &reason, true).await,
            Err(JobError::Unknown(reason)) => self.leave(claimed, &reason).await,
            Err(JobError::Database(error)) => Err(error),
        };
        if let Err(error) = done {
            tracing::warn!(kind = J::KIND, job = %claimed.id, %error, "job interrupted by the database; it runs again when its lease ends");
        }
    }

    /// Leaves a job to other replicas, for a while that grows with each run.
    async fn leave(&self, claimed: &ClaimedJob, reason: &str) -> Result<(), Error> {
        let ClaimedJob { id, attempts, .. } = claimed;
        let wait = J::RETRY.wait(*attempts, false, *id);
        let seconds = wait.num_seconds();
        tracing::warn!(kind = J::KIND, job = %id, attempts, reason, seconds, "job left to another version");
        self.shared.database.lock().await.reschedule_job(claimed, self.shared.clock.now() + wait).await
    }

    async fn reschedule(&self, claimed: &ClaimedJob, reason: &str, permanent: bool) -> Result<(), Error> {
        let now = self.shared.clock.now();
        let ClaimedJob { id, attempts, created_at } = claimed;
        if now - *created_at > J::RETRY.give_up_after {
            tracing::error!(kind = J::KIND, job = %id, attempts, reason, "job given up");
            self.job.give_up(claimed, &self.shared.database).await?;
            return self.shared.database.lock().await.complete_job(claimed).await;
        }
        let wait = J::RETRY.wait(*attempts, permanent, *id);
        let seconds = wait.num_seconds();
        tracing::warn!(kind = J::KIND, job = %id, attempts, reason, seconds, "job failed; it runs again later");
        self.shared.database.lock().await.reschedule_job(claimed, now + wait).await
    }
}

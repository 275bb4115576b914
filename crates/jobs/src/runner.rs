//! The thread that runs jobs.

use crate::{
    Job, JobDatabase,
    queue::{self, Shared},
    unknown,
};
use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, join_all},
};
use std::{future::pending, io, rc::Rc, thread, time::Duration};
use tokio::{runtime, sync::watch, task::LocalSet, time::timeout};
use usher_domain::Clock;
use usher_persistence::Database;

/// How often a queue is read. Finds jobs that are due again, and jobs for which no notification arrived.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Maximum time that a stop waits for jobs that are running.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs jobs until it is stopped or dropped, on a thread of its own.
pub struct JobRunner {
    stop: watch::Sender<bool>,
}

/// Starts the queue of one kind of jobs.
type StartQueue = Box<dyn FnOnce(Rc<Shared>, watch::Receiver<bool>) -> LocalBoxFuture<'static, ()> + Send>;

/// The kinds of jobs that a runner runs.
pub struct JobRunnerBuilder {
    database: Database,
    clock: Clock,
    kinds: Vec<&'static str>,
    queues: Vec<StartQueue>,
    poll_interval: Duration,
    listens: bool,
}

impl JobRunner {
    pub fn builder(database: Database, clock: Clock) -> JobRunnerBuilder {
        let (kinds, queues) = (Vec::new(), Vec::new());
        JobRunnerBuilder { database, clock, kinds, queues, poll_interval: POLL_INTERVAL, listens: true }
    }

    /// Claims no more jobs, and waits a short time for those that are running. A job that does not end in time runs again when
    /// its lease has ended.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if timeout(STOP_TIMEOUT, self.stop.closed()).await.is_err() {
            tracing::warn!("stopped while jobs were running; they will run again");
        }
    }
}

impl JobRunnerBuilder {
    /// Adds a kind of job.
    #[must_use]
    pub fn register<J: Job>(mut self, job: J) -> Self {
        self.kinds.push(J::KIND);
        self.queues.push(Box::new(move |shared, stopped| queue::run(job, shared, stopped).boxed_local()));
        self
    }

    /// Reads the queues at this interval, not every second.
    #[must_use]
    pub fn poll_interval(self, poll_interval: Duration) -> Self {
        Self { poll_interval, ..self }
    }

    /// Finds jobs by polling only.
    #[must_use]
    pub fn without_listening(self) -> Self {
        Self { listens: false, ..self }
    }

    /// Starts to run jobs.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(self) -> io::Result<JobRunner> {
        let (stop, stopped) = watch::channel(false);
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("jobs".to_owned()).spawn(move || {
            LocalSet::new().block_on(&runtime, self.run(stopped));
        })?;
        Ok(JobRunner { stop })
    }

    async fn run(self, stopped: watch::Receiver<bool>) {
        let Self { database, clock, kinds, queues, poll_interval, listens } = self;
        let listener = database.clone();
        let wake = watch::Sender::new(());
        let shared = Rc::new(Shared { database: JobDatabase::new(database), clock, poll_interval, wake });
        let mut dropped = stopped.clone();
        let queues = join_all(queues.into_iter().map(|run| run(Rc::clone(&shared), stopped.clone())));
        let listening = async {
            if listens { listener.listen_for_jobs(|| shared.wake.send_replace(())).await } else { pending().await }
        };
        tokio::select! {
            _ = queues => {}
            never = listening => match never {},
            never = unknown::log(&shared.database, &kinds) => match never {},
            // Fails when the runner has been dropped.
            _ = dropped.wait_for(|_| false) => {}
        }
    }
}

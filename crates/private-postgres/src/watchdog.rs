//! The process between the service and Postgres.
//!
//! Postgres must end with the service, even if the service is killed by SIGKILL. So the service does not start Postgres
//! directly. It starts a shell that holds the reading end of a pipe, and the shell starts Postgres. However the service ends,
//! the pipe is closed, and the shell stops Postgres. As the parent of Postgres the shell also knows that the process id still
//! belongs to it. This works on every Unix. The "parent death signal" of Linux would not: it goes by thread.

use crate::{
    error::{Error, IoContext},
    launch::LaunchPlan,
    layout::Layout,
    postmaster, readiness,
    url::url,
};
use std::time::{Duration, Instant};
use tokio::process::{Child, ChildStdin};

/// How long a shutdown of Postgres may take. The watchdog ends it by SIGQUIT well before that.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(40);
/// How long Postgres may take to accept connections, including recovery after a crash.
const STARTUP_TIMEOUT: Duration = Duration::from_mins(5);
const READINESS_INTERVAL: Duration = Duration::from_millis(10);

/// A running watchdog. Dropping it stops Postgres.
#[derive(Debug)]
pub(crate) struct Watchdog {
    process: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Starts Postgres under a watchdog. It may not accept connections yet.
    pub(crate) fn spawn(plan: &LaunchPlan) -> Result<Self, Error> {
        let mut process = plan.command()?.spawn().context(|| "run /bin/sh")?;
        Ok(Self { pipe: process.stdin.take(), process })
    }

    /// Waits until the service's database accepts connections.
    pub(crate) async fn wait_until_ready(&mut self, plan: &LaunchPlan) -> Result<(), Error> {
        let deadline = Instant::now() + STARTUP_TIMEOUT;
        let (url, maintenance_url) = (plan.layout.url(), url(&plan.layout.socket_dir, "postgres"));
        loop {
            // Checked first, so that a reply below comes from this Postgres and not from another.
            let ended = self.process.try_wait().context(|| "wait for Postgres")?;
            if ended.is_some() || Instant::now() >= deadline {
                return Err(plan.start_error());
            }
            if readiness::is_ready(&url, &maintenance_url).await? {
                return Ok(());
            }
            tokio::time::sleep(READINESS_INTERVAL).await;
        }
    }

    /// Waits until Postgres ends by itself. Returns its exit status as text.
    pub(crate) async fn wait(&mut self) -> String {
        match self.process.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Makes Postgres end its sessions and shut down, and waits for that.
    pub(crate) async fn stop(mut self, layout: &Layout) -> Result<(), Error> {
        drop(self.pipe.take());
        // If the outer shell was killed, the inner one still stops Postgres.
        let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, self.process.wait()).await;
        postmaster::wait_until_free(layout, SHUTDOWN_TIMEOUT).await
    }
}

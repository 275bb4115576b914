//! Starts Postgres, and restarts it whenever it ends while the service runs.
//!
//! The supervisor has its own thread and runtime: it must not end with the runtime of the caller of
//! [`PrivatePostgres::start`](crate::PrivatePostgres::start), such as that of the first of many tests that share a Postgres.

use crate::{
    binaries::Binaries,
    cluster,
    error::Error,
    initdb,
    launch::LaunchPlan,
    layout::{self, Layout},
    lock::{self, Lock},
    options::Options,
    postmaster, readiness,
    watchdog::{SHUTDOWN_TIMEOUT, Watchdog},
};
use std::{
    convert::Infallible,
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, time::timeout};

const MIN_RESTART_DELAY: Duration = Duration::from_millis(100);
const MAX_RESTART_DELAY: Duration = Duration::from_secs(10);
/// A Postgres that has run for this long is restarted without a delay.
const STABLE_AFTER: Duration = Duration::from_mins(1);
/// How long a first start is retried if a Postgres was left behind, whose sessions may take a moment to end.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(15);

/// Resolves when Postgres is to be stopped.
pub(crate) type StopSignal = oneshot::Receiver<Infallible>;

/// A Postgres that has become ready.
struct Started {
    /// Held until Postgres has ended.
    _lock: Lock,
    plan: LaunchPlan,
    watchdog: Watchdog,
}

/// Runs Postgres until the stop signal. Sends the URL or the error of the start through `started`; returns how the stop went.
pub(crate) async fn run(
    options: Options,
    started: oneshot::Sender<Result<String, Error>>,
    mut stop: StopSignal,
) -> Result<(), Error> {
    let Started { _lock, plan, watchdog } = match start(&options, &mut stop).await {
        Ok(Some(up)) => up,
        Ok(None) => return Ok(()),
        Err(error) => {
            // The receiver is gone if the start was cancelled.
            let _ = started.send(Err(error));
            return Ok(());
        }
    };
    let _ = started.send(Ok(plan.layout.url()));
    let outcome = match supervise(&plan, watchdog, &mut stop).await {
        Some(watchdog) => watchdog.stop(&plan.layout).await,
        None => postmaster::wait_until_free(&plan.layout, SHUTDOWN_TIMEOUT).await,
    };
    plan.layout.remove_shared_socket_dir();
    outcome
}

/// `None` if the stop signal came first.
async fn start(options: &Options, stop: &mut StopSignal) -> Result<Option<Started>, Error> {
    let began = Instant::now();
    let data_dir = layout::create_data_dir(&options.data_dir)?;
    let lock = lock::acquire(&data_dir)?;
    let layout = Layout::resolve(data_dir, options.durability)?;
    let cluster_major = cluster::major_version(layout.home())?;
    let binaries = Binaries::choose(layout.user, &layout.cluster, cluster_major)?;
    let retry_for = if postmaster::was_left_behind(&layout) {
        postmaster::wait_until_free(&layout, SHUTDOWN_TIMEOUT).await?;
        RECOVERY_TIMEOUT
    } else {
        Duration::ZERO
    };
    if cluster_major.is_none() {
        tracing::info!(cluster = %layout.cluster.display(), "creating the cluster of the private Postgres");
        initdb::create(&layout, &binaries, options.durability)?;
    }
    let plan = LaunchPlan::new(layout, &binaries, options);
    plan.rotate_log();
    let Some(watchdog) = start_with_retries(&plan, Some(retry_for), stop).await? else {
        return Ok(None);
    };
    let refusal = match readiness::has_trigrams(&plan.layout.url()).await {
        Ok(true) => None,
        Ok(false) => Some(Error::NoTrigrams { major: binaries.major() }),
        Err(error) => Some(error),
    };
    if let Some(refusal) = refusal {
        watchdog.stop(&plan.layout).await?;
        return Err(refusal);
    }
    tracing::info!(
        cluster = %plan.layout.cluster.display(), version = binaries.major(), took = ?began.elapsed(),
        "the private Postgres is ready"
    );
    Ok(Some(Started { _lock: lock, plan, watchdog }))
}

/// Restarts Postgres whenever it ends, until the stop signal. Returns the watchdog of the running Postgres, if one runs then.
async fn supervise(plan: &LaunchPlan, mut watchdog: Watchdog, stop: &mut StopSignal) -> Option<Watchdog> {
    let mut delay = Duration::ZERO;
    loop {
        let since = Instant::now();
        let status = tokio::select! {
            _ = &mut *stop => return Some(watchdog),
            status = watchdog.wait() => status,
        };
        tracing::error!(%status, log = %plan.layout.log().display(), "the private Postgres ended; restarting it");
        // Perhaps only the outer shell of the watchdog ended. Closing the pipe stops the Postgres that it left.
        drop(watchdog);
        delay = if since.elapsed() > STABLE_AFTER {
            Duration::ZERO
        } else {
            (delay * 2).clamp(MIN_RESTART_DELAY, MAX_RESTART_DELAY)
        };
        if timeout(delay, &mut *stop).await.is_ok() {
            return None;
        }
        // Without a limit it fails only if the stop signal came.
        watchdog = start_with_retries(plan, None, stop).await.ok().flatten()?;
        tracing::info!("the private Postgres is back");
    }
}

/// Starts Postgres, and retries for as long as `retry_for` says (`None`: without a limit). `None` if the stop signal came.
async fn start_with_retries(
    plan: &LaunchPlan,
    retry_for: Option<Duration>,
    stop: &mut StopSignal,
) -> Result<Option<Watchdog>, Error> {
    let began = Instant::now();
    let mut delay = MIN_RESTART_DELAY;
    loop {
        let error = match try_start(plan, stop).await {
            Ok(outcome) => return Ok(outcome),
            Err(error) => error,
        };
        if retry_for.is_some_and(|limit| began.elapsed() >= limit) {
            return Err(error);
        }
        tracing::warn!(%error, "the private Postgres did not start; retrying");
        if timeout(delay, &mut *stop).await.is_ok() {
            return Ok(None);
        }
        delay = MAX_RESTART_DELAY.min(delay * 2);
    }
}

/// `None` if the stop signal came.
async fn try_start(plan: &LaunchPlan, stop: &mut StopSignal) -> Result<Option<Watchdog>, Error> {
    postmaster::wait_until_free(&plan.layout, SHUTDOWN_TIMEOUT).await?;
    let mut watchdog = Watchdog::spawn(plan)?;
    let outcome = tokio::select! {
        _ = &mut *stop => None,
        outcome = watchdog.wait_until_ready(plan) => Some(outcome),
    };
    match outcome {
        Some(Ok(())) => Ok(Some(watchdog)),
        Some(Err(error)) => {
            watchdog.stop(&plan.layout).await?;
            Err(error)
        }
        None => {
            // The caller makes sure that Postgres has ended. `stop` has resolved and must not be polled again.
            let _ = watchdog.stop(&plan.layout).await;
            Ok(None)
        }
    }
}

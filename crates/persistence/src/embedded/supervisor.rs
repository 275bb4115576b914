//! Starts Postgres, minds it while the service runs, and starts it again when it falls.
//!
//! This has a thread and a runtime of its own: it must not end with the runtime that happened to start it, such as that of
//! the first test among many that share a Postgres.

use std::{
    convert::Infallible,
    fs::File,
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, time::timeout};

use super::{
    Options,
    binaries::Binaries,
    cluster,
    error::EmbeddedError,
    place::{self, Place},
    setup,
    warden::{LONGEST_END, Launch, Warden},
};

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// For how long a first start is tried again if a Postgres had been left behind: its sessions may take a moment to go.
const PATIENCE: Duration = Duration::from_secs(15);

/// Resolves when Postgres is to be stopped.
pub(super) type Stop = oneshot::Receiver<Infallible>;

/// Runs Postgres until told to stop. How the start went is told through `started`; the return value tells how the end went.
pub(super) async fn run(
    options: Options,
    started: oneshot::Sender<Result<String, EmbeddedError>>,
    mut stop: Stop,
) -> Result<(), EmbeddedError> {
    // The lock is held until Postgres has ended.
    let (_lock, launch, mut warden) = match start(&options, &mut stop).await {
        Ok(Some(up)) => up,
        Ok(None) => return Ok(()),
        Err(error) => {
            // Nobody listens if the start was given up meanwhile.
            let _ = started.send(Err(error));
            return Ok(());
        }
    };
    let _ = started.send(Ok(launch.place.url()));
    mind(&launch, &mut warden, &mut stop).await;
    let outcome = match warden {
        Some(warden) => warden.stop(&launch.place).await,
        None => cluster::wait_until_free(&launch.place, LONGEST_END).await,
    };
    launch.place.tidy();
    outcome
}

async fn start(options: &Options, stop: &mut Stop) -> Result<Option<(File, Launch, Option<Warden>)>, EmbeddedError> {
    let began = Instant::now();
    let data_dir = place::make_data_dir(&options.data_dir)?;
    let lock = place::lock(&data_dir)?;
    let place = Place::settle(&data_dir, options.durability)?;
    let made_by = cluster::made_by(&place.cluster)?;
    let binaries = Binaries::choose(place.account, &place.cluster, made_by)?;
    let patience = if cluster::was_left_behind(&place.cluster) {
        cluster::wait_until_free(&place, LONGEST_END).await?;
        PATIENCE
    } else {
        Duration::ZERO
    };
    if made_by.is_none() {
        tracing::info!(cluster = %place.cluster.display(), "making a private Postgres");
        cluster::create(&place, &binaries, options.durability)?;
    }
    let launch = Launch::new(place, &binaries, options);
    launch.put_log_aside();
    let Some(warden) = bring_up(&launch, Some(patience), stop).await? else {
        return Ok(None);
    };
    let refusal = match setup::has_trigrams(&launch.place.url()).await {
        Ok(true) => None,
        Ok(false) => Some(EmbeddedError::NoTrigrams { major: binaries.major() }),
        Err(error) => Some(error),
    };
    if let Some(refusal) = refusal {
        warden.stop(&launch.place).await?;
        return Err(refusal);
    }
    tracing::info!(
        cluster = %launch.place.cluster.display(), version = binaries.major(), took = ?began.elapsed(),
        "the private Postgres is ready"
    );
    Ok(Some((lock, launch, Some(warden))))
}

/// Returns when told to stop. `warden` is `None` while there is no Postgres.
async fn mind(launch: &Launch, warden: &mut Option<Warden>, stop: &mut Stop) {
    let mut pause = Duration::ZERO;
    while let Some(running) = warden {
        let since = Instant::now();
        let status = tokio::select! {
            _ = &mut *stop => return,
            status = running.ended() => status,
        };
        tracing::error!(%status, log = %launch.place.log.display(), "the private Postgres ended; starting it again");
        // Only the warden may have gone. Letting go of the pipe ends the Postgres that it left.
        *warden = None;
        pause = if since.elapsed() > Duration::from_mins(1) {
            Duration::ZERO
        } else {
            (pause * 2).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
        };
        if timeout(pause, &mut *stop).await.is_ok() {
            return;
        }
        match bring_up(launch, None, stop).await {
            Ok(Some(back)) => {
                tracing::info!("the private Postgres is back");
                *warden = Some(back);
            }
            // Told to stop; its patience for failures has no end.
            Ok(None) | Err(_) => return,
        }
    }
}

/// Starts Postgres, again and again for as long as the patience lasts (`None`: for ever). `None` if told to stop.
async fn bring_up(
    launch: &Launch,
    patience: Option<Duration>,
    stop: &mut Stop,
) -> Result<Option<Warden>, EmbeddedError> {
    let began = Instant::now();
    let mut pause = SHORTEST_PAUSE;
    loop {
        let failure = match try_once(launch, stop).await {
            Ok(outcome) => return Ok(outcome),
            Err(failure) => failure,
        };
        if patience.is_some_and(|patience| began.elapsed() >= patience) {
            return Err(failure);
        }
        tracing::warn!(%failure, "the private Postgres does not start yet");
        if timeout(pause, &mut *stop).await.is_ok() {
            return Ok(None);
        }
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

async fn try_once(launch: &Launch, stop: &mut Stop) -> Result<Option<Warden>, EmbeddedError> {
    cluster::wait_until_free(&launch.place, LONGEST_END).await?;
    let mut warden = launch.spawn()?;
    let outcome = tokio::select! {
        _ = &mut *stop => None,
        outcome = warden.ready(launch) => Some(outcome),
    };
    match outcome {
        Some(Ok(())) => Ok(Some(warden)),
        Some(Err(failure)) => {
            warden.stop(&launch.place).await?;
            Err(failure)
        }
        None => {
            // That it has ended is made sure of by whoever told us to stop. `stop` has resolved and is not asked again.
            let _ = warden.stop(&launch.place).await;
            Ok(None)
        }
    }
}

//! The private Postgres: the one that the service starts itself when it is given no database.
//!
//! It lies in the data directory, is reached through a Unix socket in a folder that only its owner can enter, and lives as
//! long as the service: no longer, even if the service is killed (see `warden`), and no shorter, for it is started again if
//! it falls (see `supervisor`). What lies where is told in `place`.

mod account;
mod binaries;
mod cluster;
mod error;
mod place;
mod setup;
mod supervisor;
mod warden;

use std::{
    convert::Infallible,
    io,
    path::{Path, PathBuf},
    thread,
};

use tokio::{runtime, sync::oneshot};

use self::error::Attempt;
pub use self::{binaries::Binaries, error::EmbeddedError};

const USER: &str = "usher";
const DATABASE: &str = "usher";

/// Whether what has been committed must outlive a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It must.
    Durable,
    /// It need not: for tests, several times faster.
    Throwaway,
}

/// How to run a private Postgres.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it lies; made if there is none.
    pub data_dir: PathBuf,
    /// Whether its data must outlive a crash of the machine.
    pub durability: Durability,
    /// How many connections it takes, the commands beside the service included.
    pub max_connections: u32,
}

/// A private Postgres that runs. When this is dropped it is stopped, but only [`stop`](Self::stop) waits for that.
#[derive(Debug)]
pub struct PrivatePostgres {
    url: String,
    /// Nothing is ever sent: that it is dropped says stop.
    stop: oneshot::Sender<Infallible>,
    stopped: oneshot::Receiver<Result<(), EmbeddedError>>,
}

impl PrivatePostgres {
    /// Makes the cluster if there is none yet, starts it, and waits until its database takes connections. A Postgres that a
    /// killed service left behind is waited for. From then on it is started again whenever it ends, under the same URL.
    ///
    /// # Errors
    ///
    /// See [`EmbeddedError`]; each says what to do about it. Nothing runs then.
    pub async fn start(options: Options) -> Result<Self, EmbeddedError> {
        let (started_sender, started) = oneshot::channel();
        let (stopped_sender, stopped) = oneshot::channel();
        let (stop, stop_receiver) = oneshot::channel();
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .attempt(|| "make a runtime for the private Postgres")?;
        thread::Builder::new()
            .name("private-postgres".to_owned())
            .spawn(move || {
                let outcome = runtime.block_on(supervisor::run(options, started_sender, stop_receiver));
                // Nobody listens if it was dropped rather than stopped.
                if let Err(Err(error)) = stopped_sender.send(outcome) {
                    tracing::error!(%error, "the private Postgres was not stopped");
                }
            })
            .attempt(|| "start a thread for the private Postgres")?;
        let url = started.await.map_err(|_| thread_is_gone())??;
        Ok(Self { url, stop, stopped })
    }

    /// The connection string, as tokio-postgres and libpq read it. It stays the same until this is stopped.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends all sessions, shuts Postgres down and waits until it has ended and the data directory is free again.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::StillRunning`] if it does not end within a minute or so.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        drop(self.stop);
        self.stopped.await.map_err(|_| thread_is_gone())?
    }
}

/// The URL of the private Postgres that another usher process runs on this data directory right now, for the commands
/// beside a running service; `None` if none does. It may be about to start: connect with some patience.
///
/// # Errors
///
/// [`EmbeddedError::Untrusted`] if the folder of its socket is not what usher makes, [`EmbeddedError::Io`] if the data
/// directory cannot be read.
pub fn running(data_dir: &Path) -> Result<Option<String>, EmbeddedError> {
    place::running(data_dir)
}

/// Whether a private Postgres was made for this data directory.
///
/// # Errors
///
/// [`EmbeddedError::Io`] if the data directory cannot be read.
pub fn exists(data_dir: &Path) -> Result<bool, EmbeddedError> {
    place::exists(data_dir)
}

fn thread_is_gone() -> EmbeddedError {
    EmbeddedError::Io {
        attempt: "hear from the private Postgres".to_owned(),
        source: io::Error::other("its thread has ended"),
    }
}

//! A private Postgres: the one that the service runs itself if no database is configured.
//!
//! Its files are in the data directory ([`layout`]). It listens only on a Unix socket in a directory that only its owner can
//! enter. It runs exactly as long as the service: a supervisor ([`supervisor`]) restarts it if it ends, and a watchdog process
//! ([`watchdog`]) stops it if the service ends, even by SIGKILL.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod binaries;
mod cluster;
mod error;
mod launch;
mod layout;
mod lock;
mod os_user;
mod postmaster;
mod readiness;
mod supervisor;
mod watchdog;

use error::IoContext;
use std::{
    convert::Infallible,
    io,
    path::{Path, PathBuf},
    thread,
};
use tokio::{runtime, sync::oneshot};

pub use binaries::Binaries;
pub use error::Error;

const USER: &str = "usher";
const DATABASE: &str = "usher";

/// Whether a commit must survive a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It must.
    Durable,
    /// It need not. For tests: several times faster.
    Throwaway,
}

/// How to run a private Postgres.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data directory. It is created if it does not exist.
    pub data_dir: PathBuf,
    /// Whether a commit must survive a crash of the machine.
    pub durability: Durability,
    /// The maximum number of connections, those of administrative commands included.
    pub max_connections: u32,
}

/// A running private Postgres. Dropping it stops Postgres, but only [`stop`](Self::stop) waits for the end.
#[derive(Debug)]
pub struct PrivatePostgres {
    url: String,
    /// Nothing is sent. Dropping it is the signal to stop.
    stop: oneshot::Sender<Infallible>,
    stopped: oneshot::Receiver<Result<(), Error>>,
}

impl PrivatePostgres {
    /// Creates the cluster if there is none, starts Postgres and waits until its database accepts connections. If a killed
    /// service left a Postgres behind, waits for that to end first. After that, Postgres is restarted under the same URL whenever
    /// it ends.
    ///
    /// # Errors
    ///
    /// See [`Error`]; each message says what to do. No Postgres runs then.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let (started_sender, started) = oneshot::channel();
        let (stopped_sender, stopped) = oneshot::channel();
        let (stop, stop_receiver) = oneshot::channel();
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context(|| "make a runtime for the private Postgres")?;
        thread::Builder::new()
            .name("private-postgres".to_owned())
            .spawn(move || {
                let outcome = runtime.block_on(supervisor::run(options, started_sender, stop_receiver));
                // The receiver is gone if the handle was dropped instead of stopped.
                if let Err(Err(error)) = stopped_sender.send(outcome) {
                    tracing::error!(%error, "the private Postgres was not stopped");
                }
            })
            .context(|| "start a thread for the private Postgres")?;
        let url = started.await.map_err(|_| thread_ended())??;
        Ok(Self { url, stop, stopped })
    }

    /// The connection string, as tokio-postgres and libpq read it. It does not change until Postgres is stopped.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends all sessions, shuts Postgres down and waits until it has ended and the data directory is unlocked.
    ///
    /// # Errors
    ///
    /// [`Error::StillRunning`] if it does not end within about a minute.
    pub async fn stop(self) -> Result<(), Error> {
        drop(self.stop);
        self.stopped.await.map_err(|_| thread_ended())?
    }
}

/// The URL of the private Postgres that another process runs on this data directory; `None` if none does. For administrative
/// commands. Postgres may still be starting, so retry the connection.
///
/// # Errors
///
/// [`Error::Untrusted`] if another user may have created the directory of the socket, [`Error::Io`] if the data directory cannot
/// be read.
pub fn running(data_dir: &Path) -> Result<Option<String>, Error> {
    layout::running(data_dir)
}

/// Whether a private Postgres was created for this data directory.
///
/// # Errors
///
/// [`Error::Io`] if the data directory cannot be read.
pub fn exists(data_dir: &Path) -> Result<bool, Error> {
    layout::exists(data_dir)
}

fn thread_ended() -> Error {
    Error::Io {
        attempt: "get an answer from the supervisor of the private Postgres".to_owned(),
        cause: io::Error::other("its thread has ended"),
    }
}

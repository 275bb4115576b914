//! A running private Postgres, as the service holds it.

use crate::{
    error::{Error, IoContext},
    options::Options,
    supervisor,
};
use std::{convert::Infallible, io, thread};
use tokio::{runtime, sync::oneshot};

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
    /// service left a Postgres behind, waits for that to end first. After that, Postgres is restarted under the same URL
    /// whenever it ends.
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

fn thread_ended() -> Error {
    Error::Io {
        attempt: "get an answer from the supervisor of the private Postgres".to_owned(),
        cause: io::Error::other("its thread has ended"),
    }
}

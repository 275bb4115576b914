//! Starts the server that answers until the service is ready, and hands the port over to the service.

use crate::failure::{Context, Failure};
use actix_web::dev::ServerHandle;
use std::{io, net::TcpListener, time::Duration};
use tokio::{task::JoinHandle, time::sleep};
use usher_http::serve_during_startup;

const LISTEN: &str = "USHER_LISTEN";
/// Time for the accepting thread to stop accepting.
const PAUSE_DELAY: Duration = Duration::from_millis(20);

/// A server that reports that the process is alive and not ready yet.
pub struct StartupServer {
    handle: ServerHandle,
    serving: JoinHandle<io::Result<()>>,
}

impl StartupServer {
    /// Serves on `listeners`, also below `prefix`.
    pub fn start(listeners: &[TcpListener], prefix: &str) -> Result<Self, Failure> {
        let listeners: io::Result<Vec<TcpListener>> = listeners.iter().map(TcpListener::try_clone).collect();
        let server = listeners.and_then(|listeners| serve_during_startup(prefix, listeners)).context(LISTEN)?;
        let handle = server.handle();
        Ok(Self { handle, serving: tokio::spawn(server) })
    }

    /// Hands the port over to the service. The listener stays open, so a client that connects during the hand-over waits and is
    /// not refused.
    pub async fn hand_over(self) -> Result<(), Failure> {
        // A server that stops drops connections that it has accepted and not read. So it stops accepting first.
        self.handle.pause().await;
        sleep(PAUSE_DELAY).await;
        self.handle.stop(true).await;
        match self.serving.await {
            Ok(result) => result.context("the server"),
            Err(error) => Err(error).context("the server"),
        }
    }
}

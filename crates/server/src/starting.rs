//! The port from the moment that it is taken until the service can serve.

use crate::failure::Failure;
use actix_web::dev::ServerHandle;
use std::{io, net::TcpListener, time::Duration};
use tokio::{task::JoinHandle, time::sleep};
use usher_http::serve_starting;

const LISTEN: &str = "USHER_LISTEN";
/// How long the thread that accepts connections may take to hear that it shall accept no more.
const HANDOVER: Duration = Duration::from_millis(20);

/// A server that says that the process is alive and not ready yet.
pub struct Starting {
    handle: ServerHandle,
    serving: JoinHandle<io::Result<()>>,
}

impl Starting {
    /// Answers on `listeners`, below `prefix` too.
    pub fn on(listeners: &[TcpListener], prefix: &str) -> Result<Self, Failure> {
        let listeners: io::Result<Vec<TcpListener>> = listeners.iter().map(TcpListener::try_clone).collect();
        let server = listeners
            .and_then(|listeners| serve_starting(prefix, listeners))
            .map_err(|error| Failure::during(LISTEN, error))?;
        let handle = server.handle();
        Ok(Self { handle, serving: tokio::spawn(server) })
    }

    /// Leaves the port to the service. The listener stays open, so a client that connects meanwhile waits and is not refused.
    pub async fn end(self) -> Result<(), Failure> {
        // A server that stops drops connections that it has accepted and not looked at. So it accepts no more before it stops.
        self.handle.pause().await;
        sleep(HANDOVER).await;
        self.handle.stop(true).await;
        match self.serving.await {
            Ok(end) => end.map_err(|error| Failure::during("the server", error)),
            Err(lost) => Err(Failure::during("the server", lost)),
        }
    }
}

//! Requests that wait for something to happen: how many there are, and that a stop ends them.

use crate::problem::Problem;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

/// Maximum number of requests that wait at once. Each keeps a connection of its client, and all are woken together.
const MAX_WAITING: usize = 256;
/// When a client should retry that cannot wait now.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The requests that wait.
pub struct Waits {
    places: Semaphore,
    stopped: watch::Sender<bool>,
}

/// A request that waits, until it is dropped.
pub struct Wait<'a> {
    _place: SemaphorePermit<'a>,
    stopped: watch::Receiver<bool>,
}

impl Waits {
    pub fn new() -> Self {
        Self { places: Semaphore::new(MAX_WAITING), stopped: watch::Sender::new(false) }
    }

    /// A place to wait, or [`Problem::Unavailable`] if all are taken: an empty response would make the client ask again at once.
    pub fn begin(&self) -> Result<Wait<'_>, Problem> {
        let place = self.places.try_acquire().map_err(|_| {
            let why = format!("{MAX_WAITING} requests wait already");
            Problem::Unavailable { retry_after: RETRY_AFTER, why }
        })?;
        Ok(Wait { _place: place, stopped: self.stopped.subscribe() })
    }

    /// How many requests wait.
    pub fn count(&self) -> usize {
        MAX_WAITING - self.places.available_permits()
    }

    /// Ends all waits, also later ones.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }
}

impl Wait<'_> {
    /// Waits until the service stops.
    pub async fn is_stopped(&mut self) {
        // An error says that the service is gone.
        let _ = self.stopped.wait_for(|stopped| *stopped).await;
    }

    pub fn has_stopped(&self) -> bool {
        *self.stopped.borrow()
    }
}

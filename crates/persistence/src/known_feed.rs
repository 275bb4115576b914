//! What a replica knows of the feed.

use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard, Notify, watch};
use usher_domain::event_feed::Position;

/// What the clones of a database know of the feed.
#[derive(Clone)]
pub(crate) struct KnownFeed(Arc<Known>);

struct Known {
    /// The position of the newest event.
    newest: watch::Sender<Position>,
    /// Wakes the task that numbers.
    stale: Notify,
    /// Held by the one that numbers: others would only wait for the lock in the database, each with a connection.
    numbering: Mutex<()>,
}

impl KnownFeed {
    pub(crate) fn new() -> Self {
        let newest = watch::Sender::new(Position::START);
        Self(Arc::new(Known { newest, stale: Notify::new(), numbering: Mutex::new(()) }))
    }

    /// An event may have been committed, or numbered by another replica.
    pub(crate) fn mark_stale(&self) {
        self.0.stale.notify_one();
    }

    /// Waits until the feed may have changed.
    pub(crate) async fn stale(&self) {
        self.0.stale.notified().await;
    }

    /// Wakes the readers that wait for a position that is there now.
    pub(crate) fn set_newest(&self, newest: Position) {
        self.0.newest.send_if_modified(|known| {
            let changed = *known != newest;
            *known = newest;
            changed
        });
    }

    pub(crate) fn newest(&self) -> watch::Receiver<Position> {
        self.0.newest.subscribe()
    }

    pub(crate) async fn numbering(&self) -> MutexGuard<'_, ()> {
        self.0.numbering.lock().await
    }
}

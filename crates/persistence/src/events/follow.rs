//! Keeping up with the feed in the background.

use super::CHANNEL;
use crate::Database;
use std::{convert::Infallible, time::Duration};
use tokio::{
    select,
    sync::watch,
    time::{sleep, timeout},
};
use usher_domain::event_feed::Position;

/// Minimum time between two rounds: events that are committed in quick succession are numbered together.
const INTERVAL: Duration = Duration::from_millis(100);
/// Maximum time between two rounds. Finds the events of commands and of replicas of an earlier release, and those for which no
/// notification arrived.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

impl Database {
    /// Numbers events soon after they are committed, and learns of those that other replicas number, for as long as it is polled.
    /// Without it, events are numbered when somebody reads the feed, and nobody who waits is woken.
    pub async fn follow_events(&self) -> Infallible {
        select! {
            never = self.listen(CHANNEL, || self.feed.mark_stale()) => never,
            never = self.keep_numbering() => never,
        }
    }

    async fn keep_numbering(&self) -> Infallible {
        loop {
            match self.number_events(true).await {
                Ok(_) => {}
                // Requests report that themselves.
                Err(error) if error.outage().is_some() => tracing::debug!(%error, "could not number events"),
                Err(error) => tracing::warn!(%error, "could not number events"),
            }
            sleep(INTERVAL).await;
            let _ = timeout(POLL_INTERVAL, self.feed.stale()).await;
        }
    }

    /// The position of the newest event, as far as this replica knows.
    pub fn newest_event(&self) -> watch::Receiver<Position> {
        self.feed.newest()
    }
}

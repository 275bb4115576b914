//! Whether a request is in progress on a connection, and until when the next one must arrive.

use super::{FIRST_BYTE_TIMEOUT, HEAD_READ_TIMEOUT};
use std::{cell::Cell, rc::Rc, time::Duration};
use tokio::time::Instant;

/// The state of a connection. All of it is on the thread of the connection.
pub struct RequestPhase {
    /// When the connection ends, unless a request begins before.
    deadline: Cell<Option<Instant>>,
    /// Requests in progress.
    in_progress: Cell<usize>,
    /// Whether a request has begun on this connection.
    is_used: Cell<bool>,
    /// Maximum time from the end of a response to the next request.
    idle_timeout: Duration,
}

impl RequestPhase {
    /// A connection on which nothing has arrived. Actix closes a connection that has been idle for `keep_alive`, except one
    /// on which a part of the next request arrived together with the previous request. A second, longer limit ends that one.
    pub fn new(keep_alive: Duration) -> Self {
        Self {
            deadline: Cell::new(Some(Instant::now() + FIRST_BYTE_TIMEOUT)),
            in_progress: Cell::new(0),
            is_used: Cell::new(false),
            idle_timeout: keep_alive + HEAD_READ_TIMEOUT,
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.deadline.get()
    }

    /// Bytes have arrived. While a request is in progress, they are its body or requests that wait for it.
    pub fn bytes_arrived(&self) {
        if self.in_progress.get() > 0 {
            return;
        }
        let head = Instant::now() + HEAD_READ_TIMEOUT;
        // Actix limits the time of the first head.
        let deadline = self.is_used.get().then(|| self.deadline.get().map_or(head, |deadline| deadline.min(head)));
        self.deadline.set(deadline);
    }
}

/// A request in progress: from its complete head to the end of its response.
pub struct RequestInProgress(Rc<RequestPhase>);

impl RequestInProgress {
    pub fn begin(phase: &Rc<RequestPhase>) -> Self {
        phase.deadline.set(None);
        phase.is_used.set(true);
        phase.in_progress.set(phase.in_progress.get() + 1);
        Self(Rc::clone(phase))
    }
}

impl Drop for RequestInProgress {
    fn drop(&mut self) {
        let Self(phase) = self;
        phase.in_progress.set(phase.in_progress.get().saturating_sub(1));
        if phase.in_progress.get() == 0 {
            phase.deadline.set(Some(Instant::now() + phase.idle_timeout));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_begins_with_the_first_byte_of_a_later_head() {
        let keep_alive = Duration::from_secs(75);
        let phase = Rc::new(RequestPhase::new(keep_alive));
        let is_within = |limit| phase.deadline().is_some_and(|deadline| deadline <= Instant::now() + limit);
        assert!(is_within(FIRST_BYTE_TIMEOUT), "the first byte must arrive");
        phase.bytes_arrived();
        assert_eq!(phase.deadline(), None, "Actix limits the first head");

        let first = RequestInProgress::begin(&phase);
        phase.bytes_arrived();
        assert_eq!(phase.deadline(), None, "the body, or the next request");
        drop(first);
        assert!(!is_within(keep_alive) && is_within(keep_alive + HEAD_READ_TIMEOUT), "the connection is idle");

        phase.bytes_arrived();
        assert!(is_within(HEAD_READ_TIMEOUT));
        let deadline = phase.deadline();
        phase.bytes_arrived();
        assert_eq!(phase.deadline(), deadline, "more bytes give no more time");
        let second = RequestInProgress::begin(&phase);
        assert_eq!(phase.deadline(), None);
        drop(second);
    }
}

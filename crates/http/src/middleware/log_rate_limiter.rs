//! Limits how many events of a second are logged, so that no client can fill the log.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

const MAX_LOGGED_PER_SECOND: u64 = 10;

/// Counts events of the current second. Two events at the turn of a second may be counted to either.
pub struct LogRateLimiter {
    second: AtomicI64,
    events: AtomicU64,
}

impl LogRateLimiter {
    pub const fn new() -> Self {
        Self { second: AtomicI64::new(0), events: AtomicU64::new(0) }
    }

    /// Counts an event of this second. `None` if it must not be logged, otherwise the number of events of the previous second
    /// that were not logged.
    pub fn suppressed_before(&self, second: i64) -> Option<u64> {
        if self.second.swap(second, Relaxed) != second {
            return Some(self.events.swap(1, Relaxed).saturating_sub(MAX_LOGGED_PER_SECOND));
        }
        (self.events.fetch_add(1, Relaxed) < MAX_LOGGED_PER_SECOND).then_some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_events_of_a_second_are_logged_and_the_others_counted() {
        let limiter = LogRateLimiter::new();
        let logged: Vec<u64> = (0..25).filter_map(|_| limiter.suppressed_before(1)).collect();
        assert_eq!(logged, [0; 10]);
        assert_eq!(limiter.suppressed_before(2), Some(15));
        assert_eq!(limiter.suppressed_before(2), Some(0));
        assert_eq!(limiter.suppressed_before(3), Some(0));
    }
}

//! The limit on notifications that wake runners of jobs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// One process sends at most one `NOTIFY` in this time. Transactions with a `NOTIFY` commit one after another in the whole
/// server, so sending one with each job would limit the rate of writes. Runners find the other jobs when they poll, or with the
/// next `NOTIFY`.
const NOTIFY_INTERVAL: Duration = Duration::from_millis(100);

/// Limits the rate of `NOTIFY`. Clones share one limit.
#[derive(Clone)]
pub(crate) struct NotifyLimit(Arc<Last>);

struct Last {
    start: Instant,
    /// Milliseconds after the start from which on the next `NOTIFY` is allowed.
    next: AtomicU64,
}

impl NotifyLimit {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Last { start: Instant::now(), next: AtomicU64::new(0) }))
    }

    /// Whether a `NOTIFY` may be sent now. It counts as sent.
    pub(crate) fn allows(&self) -> bool {
        self.allows_at(self.0.start.elapsed())
    }

    fn allows_at(&self, time: Duration) -> bool {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let now = millis(time);
        let update = |next| (now >= next).then_some(now.saturating_add(millis(NOTIFY_INTERVAL)));
        self.0.next.fetch_update(Relaxed, Relaxed, update).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_jobs_sends_one_notification() {
        let limit = NotifyLimit::new();
        let allowed: Vec<u64> =
            (0..=250).filter(|millis| limit.clone().allows_at(Duration::from_millis(*millis))).collect();
        assert_eq!(allowed, [0, 100, 200]);
    }
}

//! How long sessions live.

use chrono::{DateTime, TimeDelta, Utc};

/// How long sessions live.
#[derive(Debug, Clone, Copy)]
pub struct SessionLifetimes {
    /// Without use.
    pub idle: TimeDelta,
    /// From the sign-in.
    pub absolute: TimeDelta,
}

impl SessionLifetimes {
    /// When a session ends that is not used again.
    pub(crate) fn end(self, created_at: DateTime<Utc>, last_used_at: DateTime<Utc>) -> DateTime<Utc> {
        (last_used_at + self.idle).min(created_at + self.absolute)
    }
}

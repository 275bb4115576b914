//! The current time, passed in so that a test can set it.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use uuid::{ContextV7, Timestamp, Uuid};

/// The system's clock, shifted by an offset that starts at zero. Clones share the offset.
#[derive(Clone, Default)]
pub struct Clock {
    offset_millis: Arc<AtomicI64>,
}

impl Clock {
    /// Now, in UTC, to the microsecond (the precision of Postgres).
    pub fn now(&self) -> DateTime<Utc> {
        let now = Utc::now() + TimeDelta::milliseconds(self.offset_millis.load(Ordering::Relaxed));
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Moves this clock and all its clones.
    pub fn advance(&self, by: TimeDelta) {
        self.offset_millis.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }

    /// A new id with the current time, to the millisecond (UUIDv7, RFC 9562 §5.7), and that time.
    pub fn new_id(&self) -> (Uuid, DateTime<Utc>) {
        let at = self.now();
        let id = id_at(at);
        (id, time_of_id(id).unwrap_or(at))
    }
}

/// A new id for something created at `at`: ids sort by time.
pub fn id_at(at: DateTime<Utc>) -> Uuid {
    let seconds = u64::try_from(at.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(ContextV7::new(), seconds, at.timestamp_subsec_nanos()))
}

/// The time in an id; `None` if it is not a UUIDv7.
pub fn time_of_id(id: Uuid) -> Option<DateTime<Utc>> {
    if id.get_version_num() != 7 {
        return None;
    }
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}

/// The lower bound for ids of things created at `at` or later: ids of earlier things are less. Times before 1970 count as its
/// beginning.
pub fn first_id_at(at: DateTime<Utc>) -> Uuid {
    let micros = u128::try_from(at.timestamp_micros()).unwrap_or(0);
    // Ids have 48 bits of milliseconds.
    let millis = micros.div_ceil(1000).min((1 << 48) - 1);
    Uuid::from_u128(millis << 80)
}

/// The format of all times in the API and in files: RFC 3339 in UTC with exactly three fractional digits.
pub fn format_time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_with_three_fractional_digits() {
        let at = |micros| format_time(DateTime::from_timestamp_micros(micros).unwrap());
        assert_eq!(at(1_767_323_045_000_000), "2026-01-02T03:04:05.000Z");
        assert_eq!(at(1_767_323_045_500_000), "2026-01-02T03:04:05.500Z");
        assert_eq!(at(1_767_323_045_999_999), "2026-01-02T03:04:05.999Z");
    }

    #[test]
    fn an_id_of_another_version_has_no_time() {
        let at = DateTime::from_timestamp_millis(1_800_000_000_123).unwrap();
        assert_eq!(time_of_id(id_at(at)), Some(at));
        for id in ["f47ac10b-58cc-4372-a567-0e02b2c3d479", "c232ab00-9414-11ec-b3c8-9f6bdeced846"] {
            assert_eq!(time_of_id(id.parse().unwrap()), None);
        }
    }

    #[test]
    fn the_first_id_of_a_time_separates_earlier_ids_from_later_ones() {
        let at = DateTime::from_timestamp_millis(1_800_000_000_123).unwrap();
        let bound = first_id_at(at);
        assert!(id_at(at) >= bound);
        assert!(id_at(at - TimeDelta::milliseconds(1)) < bound);
        assert!(id_at(at) < first_id_at(at + TimeDelta::microseconds(1)), "later than the id's time");
        assert_eq!(first_id_at(DateTime::<Utc>::MIN_UTC), Uuid::nil());
        assert!(first_id_at(DateTime::<Utc>::MAX_UTC) > id_at(at));
    }
}

//! Times in queries.

use crate::request::query;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use usher_domain::clock;

/// Nanoseconds of a millisecond.
const NANOS: u32 = 1_000_000;

/// A time whose year also has four digits in UTC, or the links of the page could not express it. Events have times of whole
/// milliseconds, and so have the links: what lies between two of them means the same as the later one.
pub fn read(text: &str) -> Option<DateTime<Utc>> {
    let time = query::time(text)?.to_utc();
    let excess = i64::from(time.timestamp_subsec_nanos() % NANOS);
    let time = if excess == 0 { time } else { time + TimeDelta::nanoseconds(i64::from(NANOS) - excess) };
    (0..=9999).contains(&time.year()).then_some(time)
}

pub fn write(time: &DateTime<Utc>) -> String {
    clock::format_time(*time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_accepted_if_a_link_can_express_it() {
        for (good, link) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"),
            ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"),
            ("2026-01-02T03:04:05.6780001Z", "2026-01-02T03:04:05.679Z"),
            ("2026-01-02T03:04:59.999999Z", "2026-01-02T03:05:00.000Z"),
            ("2026-01-02T03:04:05 02:00", "2026-01-02T01:04:05.000Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:60.000Z"),
        ] {
            let written = read(good).as_ref().map(write);
            assert_eq!(written.as_deref(), Some(link), "{good}");
            assert_eq!(read(link), read(good), "{good}");
        }
        for bad in [
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "9999-12-31T23:59:59.9999Z",
            "+10000-01-01T00:00:00Z",
            "2026-01-02",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}

//! Times.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use serde_json::Number;
use std::ops::RangeInclusive;
use usher_domain::Fault;

/// How far the clock of another machine may be ahead of this one.
const CLOCK_DIFFERENCE: TimeDelta = TimeDelta::minutes(5);
/// Numbers below are seconds since 1970 (until the year 5138); those below [`MAX_MILLIS`] milliseconds; the others
/// microseconds.
const MAX_SECONDS: f64 = 1e11;
const MAX_MILLIS: f64 = 1e14;
/// With the offset to UTC, as Postgres (`+00`), Python, Ruby and Java write it.
const WITH_OFFSET: [&str; 2] = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z"];
/// Without an offset, as `MySQL` writes it.
const WITHOUT_OFFSET: [&str; 2] = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];

/// The times that users of a file may be of.
pub fn past(now: DateTime<Utc>) -> RangeInclusive<DateTime<Utc>> {
    DateTime::UNIX_EPOCH..=now
}

/// The time that a text means, to the millisecond, so that it is written again unchanged; `None` for the zero date of
/// `MySQL`.
/// A time without an offset is in UTC.
///
/// # Errors
/// It is not a time, or not one of the past.
pub fn time(text: &str, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Fault> {
    let text = text.trim();
    if text.starts_with("0000-00-00") {
        return Ok(None);
    }
    accept(instant(text), now).map(Some)
}

/// The time that a text means, also one to come.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => Some(time.to_utc()),
        Err(_) => text.parse().ok().and_then(|number: Number| number.as_f64()).map_or_else(|| other(text), of_epoch),
    }
}

/// The time that a number means.
///
/// # Errors
/// It is not one of the past.
pub fn time_of_number(number: &Number, now: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    accept(number.as_f64().and_then(of_epoch), now)
}

/// A time of the past. One shortly after now is now: the clock of the machine that wrote it was ahead.
fn accept(time: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    let time = time
        .and_then(|time| DateTime::from_timestamp_millis(time.timestamp_millis()))
        .ok_or_else(|| Fault::new("bad_time", "must be a time such as 2026-01-02T03:04:05.678Z"))?;
    let in_this_clock = if time <= now + CLOCK_DIFFERENCE { time.min(now) } else { time };
    if past(now).contains(&in_this_clock) {
        Ok(in_this_clock)
    } else {
        Err(Fault::new("bad_time", "must be a time between 1970 and now"))
    }
}

fn other(text: &str) -> Option<DateTime<Utc>> {
    let text = text.strip_suffix("UTC").or_else(|| text.strip_suffix('Z')).unwrap_or(text).trim_end();
    let text = &text.replacen('T', " ", 1);
    let with_offset = || WITH_OFFSET.iter().find_map(|format| DateTime::parse_from_str(text, format).ok());
    let without = || WITHOUT_OFFSET.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    with_offset().map(|time| time.to_utc()).or_else(|| without().or_else(date).map(|time| time.and_utc()))
}

/// The time of a number of seconds, milliseconds or microseconds since 1970.
fn of_epoch(number: f64) -> Option<DateTime<Utc>> {
    let millis = match number.abs() {
        size if size < MAX_SECONDS => number * 1e3,
        size if size < MAX_MILLIS => number,
        _ => number / 1e3,
    };
    // A number that is too large for a time becomes the largest, which is no time either.
    #[allow(clippy::cast_possible_truncation, reason = "the fraction of a millisecond is not kept")]
    DateTime::from_timestamp_millis(millis.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-06-01T00:00:00Z".parse().unwrap()
    }

    fn read(text: &str) -> Result<String, String> {
        let time = time(text, now()).map_err(|fault| fault.detail.into_owned())?;
        Ok(time.map(usher_domain::clock::format_time).unwrap_or_default())
    }

    #[test]
    fn a_time_is_read_as_databases_and_programs_write_it() {
        for (text, time) in [
            ("2026-03-04T09:10:07.120Z", "2026-03-04T09:10:07.120Z"),
            ("2026-03-04T10:10:07.1204+01:00", "2026-03-04T09:10:07.120Z"),
            ("2026-03-04 09:10:07.120+00", "2026-03-04T09:10:07.120Z"),
            ("2026-03-04 14:40:07.12+05:30", "2026-03-04T09:10:07.120Z"),
            ("2026-03-04T14:40:07+0530", "2026-03-04T09:10:07.000Z"),
            ("2026-03-04 09:10:07 +0000", "2026-03-04T09:10:07.000Z"),
            ("2026-03-04 09:10:07 UTC", "2026-03-04T09:10:07.000Z"),
            ("2026-03-04 09:10:07", "2026-03-04T09:10:07.000Z"),
            ("2026-03-04T09:10:07.5", "2026-03-04T09:10:07.500Z"),
            ("2026-03-04 09:10", "2026-03-04T09:10:00.000Z"),
            ("2026-03-04", "2026-03-04T00:00:00.000Z"),
            ("1772615407", "2026-03-04T09:10:07.000Z"),
            ("1772615407.12", "2026-03-04T09:10:07.120Z"),
            ("1772615407120", "2026-03-04T09:10:07.120Z"),
            ("1772615407120000", "2026-03-04T09:10:07.120Z"),
            ("0000-00-00 00:00:00", ""),
        ] {
            assert_eq!(read(text), Ok(time.to_owned()), "{text}");
        }
        assert_eq!(time_of_number(&Number::from(0), now()).unwrap(), DateTime::UNIX_EPOCH);
    }

    #[test]
    fn what_is_not_a_time_of_the_past_is_refused() {
        for text in ["yesterday", "04.03.2026", "03/04/2026", "infinity", "2026-02-30", "1e400", "2026-03-04 25:00:00"]
        {
            assert_eq!(read(text).unwrap_err(), "must be a time such as 2026-01-02T03:04:05.678Z", "{text}");
        }
        for text in ["2026-06-01T00:05:00.001Z", "2999-01-01", "1969-12-31T23:59:59Z", "-1"] {
            assert_eq!(read(text).unwrap_err(), "must be a time between 1970 and now", "{text}");
        }
    }

    #[test]
    fn a_time_that_is_a_little_ahead_is_now() {
        assert_eq!(read("2026-06-01T00:00:03Z"), Ok("2026-06-01T00:00:00.000Z".to_owned()));
        assert_eq!(read("2026-06-01T00:05:00Z"), Ok("2026-06-01T00:00:00.000Z".to_owned()));
    }
}

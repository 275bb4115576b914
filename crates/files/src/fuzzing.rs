//! A property of files with users, for the fuzzer (`fuzz/`). `fuzz/corpus` keeps inputs that reached new code; the tests
//! replay them.

#![allow(clippy::missing_panics_doc, reason = "a violated property panics")]

use crate::{
    fields::{self, FIELDS, Values, WRITTEN},
    formats::{Header, Writer, read_json},
    lines::{Lines, MAX_LINE_BYTES},
};
use chrono::{DateTime, Utc};
use usher_persistence::UserRecord;

/// Each line is a user, or is refused with a message that is safe for a terminal and does not contain its secrets. A user that
/// was read is written and read again unchanged, in both formats.
pub fn user_files(data: &[u8]) {
    let now = DateTime::<Utc>::from_timestamp_secs(1_800_000_000).unwrap_or_default();
    let mut lines = Lines::new(data);
    let mut header = None;
    let mut last = 0;
    while let Some((number, line)) = lines.next_line().unwrap_or_else(|error| panic!("{error}")) {
        assert!(number > last, "line {number} comes after line {last}");
        last = number;
        let line = match line {
            Ok(line) => line,
            Err(fault) => {
                check_message(fault, None);
                continue;
            }
        };
        assert!(line.len() <= MAX_LINE_BYTES && !line.contains('\n') && !line.trim_ascii().is_empty(), "{line:?}");
        let values = match &header {
            _ if line.trim_start().starts_with('{') => read_json(line),
            Some(header) => Header::read(header, line),
            None => {
                match Header::parse(line) {
                    Ok(found) => header = Some(found),
                    Err(fault) => check_message(&fault, None),
                }
                continue;
            }
        };
        match values {
            Ok(values) => user(&values, now),
            Err(fault) => check_message(&fault, None),
        }
    }
    assert_eq!(lines.position(), data.len() as u64);
}

fn user(values: &Values, now: DateTime<Utc>) {
    let candidate = match fields::read(values, now) {
        Ok(user) => user.candidate,
        Err(fault) => {
            return ["password_hash", "totp_secret"].iter().for_each(|secret| {
                let secret = fields::position(secret).and_then(|at| values[at].as_str());
                check_message(&fault, secret);
            });
        }
    };
    let user = candidate.user;
    assert!(user.created_at <= now && user.last_login_at.is_none_or(|at| at <= now), "{user:?}");
    let written = fields::write(user.clone());

    let mut csv = Vec::new();
    let mut writer = ok(Writer::csv(&mut csv, &FIELDS[..WRITTEN]));
    ok(writer.write(&written));
    ok(writer.flush());
    drop(writer);
    let csv = String::from_utf8(csv).unwrap_or_else(|error| panic!("{error}"));
    let [head, line] = csv.lines().collect::<Vec<_>>()[..] else { panic!("{csv:?} is not two lines") };
    let header = Header::parse(head).unwrap_or_else(|fault| panic!("{head}: {fault}"));
    check_round_trip(header.read(line), &user, now, line);
    // A spreadsheet would take such a cell for a formula.
    assert!(!line.split(',').any(|cell| cell.starts_with(['=', '+', '-', '@', '\t'])), "{line:?}");

    let mut json = Vec::new();
    ok(Writer::Ndjson(&mut json).write(&written));
    let json = String::from_utf8(json).unwrap_or_else(|error| panic!("{error}"));
    let [line] = json.lines().collect::<Vec<_>>()[..] else { panic!("{json:?} is not one line") };
    check_round_trip(read_json(line), &user, now, line);
}

fn check_round_trip(values: Result<Values, String>, user: &UserRecord, now: DateTime<Utc>, line: &str) {
    let again = values.and_then(|values| fields::read(&values, now));
    let again = again.unwrap_or_else(|fault| panic!("{line:?} {fault}")).candidate;
    assert!(again.user == *user && again.id_is_given, "{line:?} is read as another");
}

fn check_message(fault: &str, secret: Option<&str>) {
    assert!(!fault.is_empty() && !fault.contains(char::is_control), "{fault:?}");
    // A shorter text may occur in any message by chance.
    let contains_secret = secret.filter(|secret| secret.len() >= 24).is_some_and(|secret| fault.contains(secret));
    assert!(!contains_secret, "{fault:?} contains a secret");
}

fn ok<T>(result: std::io::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_properties_hold_for_the_corpus() {
        usher_fuzz_corpus::replay("user_files", super::user_files);
    }
}

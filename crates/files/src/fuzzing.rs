//! What holds of every file of users, for the fuzzer (`fuzz/`) to break. `fuzz/corpus` keeps what once led somewhere new, and
//! the tests go through it again.

#![allow(clippy::missing_panics_doc, reason = "a broken property is told by a panic")]

use crate::{
    fields::{self, FIELDS, Values},
    formats::{Header, Writer, read_json},
    lines::{Lines, MAX_LINE},
};
use chrono::{DateTime, Utc};
use usher_persistence::UserRecord;

/// Each line is a user or is refused in words that a terminal can show and that give no hash away; and a user who was read is
/// written and read again as the same, in both formats.
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
                is_told_well(fault, None);
                continue;
            }
        };
        assert!(line.len() <= MAX_LINE && !line.contains('\n') && !line.trim_ascii().is_empty(), "{line:?}");
        let values = match &header {
            _ if line.trim_start().starts_with('{') => read_json(line),
            Some(header) => Header::read(header, line),
            None => {
                match Header::parse(line) {
                    Ok(found) => header = Some(found),
                    Err(fault) => is_told_well(&fault, None),
                }
                continue;
            }
        };
        match values {
            Ok(values) => user(&values, now),
            Err(fault) => is_told_well(&fault, None),
        }
    }
    assert_eq!(lines.position(), data.len() as u64);
}

fn user(values: &Values, now: DateTime<Utc>) {
    let candidate = match fields::read(values, now) {
        Ok(candidate) => candidate,
        Err(fault) => return is_told_well(&fault, values[FIELDS.len() - 1].as_str()),
    };
    let user = candidate.user;
    assert!(user.created_at <= now && user.last_login_at.is_none_or(|at| at <= now), "{user:?}");
    let written = fields::write(user.clone());

    let mut csv = Vec::new();
    let mut writer = done(Writer::csv(&mut csv, &FIELDS));
    done(writer.write(&written));
    done(writer.flush());
    drop(writer);
    let csv = String::from_utf8(csv).unwrap_or_else(|error| panic!("{error}"));
    let [head, line] = csv.lines().collect::<Vec<_>>()[..] else { panic!("{csv:?} is not two lines") };
    let header = Header::parse(head).unwrap_or_else(|fault| panic!("{head}: {fault}"));
    is_the_same(header.read(line), &user, now, line);
    // What a spreadsheet takes for a formula.
    assert!(!line.split(',').any(|cell| cell.starts_with(['=', '+', '-', '@', '\t'])), "{line:?}");

    let mut json = Vec::new();
    done(Writer::Ndjson(&mut json).write(&written));
    let json = String::from_utf8(json).unwrap_or_else(|error| panic!("{error}"));
    let [line] = json.lines().collect::<Vec<_>>()[..] else { panic!("{json:?} is not one line") };
    is_the_same(read_json(line), &user, now, line);
}

fn is_the_same(values: Result<Values, String>, user: &UserRecord, now: DateTime<Utc>, line: &str) {
    let again = values.and_then(|values| fields::read(&values, now)).unwrap_or_else(|fault| panic!("{line:?} {fault}"));
    assert!(again.user == *user && again.id_is_given, "{line:?} is read as another");
}

fn is_told_well(fault: &str, secret: Option<&str>) {
    assert!(!fault.is_empty() && !fault.contains(char::is_control), "{fault:?}");
    // What is shorter may stand in any sentence.
    let told = secret.filter(|secret| secret.len() >= 24).is_some_and(|secret| fault.contains(secret));
    assert!(!told, "{fault:?} tells the hash");
}

fn done<T>(result: std::io::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    #[test]
    fn what_the_fuzzer_once_found_holds() {
        super::replay::replay("user_files", super::user_files);
    }
}

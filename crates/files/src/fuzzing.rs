//! Properties of files with users, for the fuzzer (`fuzz/`). `fuzz/corpus` keeps inputs that reached new code; the tests
//! replay them.

#![allow(clippy::missing_panics_doc, reason = "a violated property panics")]

use crate::{
    Entry, Options, Outcome, UserFile,
    report::{Faults, RejectedWriter},
    sources::{Settings, Source},
    user::{Field, FileUser, WRITTEN, Writer, values},
    usernames::{Naming, Rule},
    values::is_absent,
};
use chrono::{DateTime, Utc};
use std::ops::ControlFlow;
use usher_persistence::UserRecord;

/// Each record of a file is a user, or is refused with a message that is safe for a terminal and does not contain its
/// secrets. A user that was read is written and read again unchanged, in both formats.
pub fn user_files(data: &[u8]) {
    read_all(data, || options(None, Naming::default()), Some(&check_round_trips));
}

/// The same for the files of each other system, which the first byte chooses; without the users, whose ids and times have
/// other forms there.
pub fn foreign_files(data: &[u8]) {
    let Some((first, data)) = data.split_first() else { return };
    let source = Source::ALL[usize::from(*first) % Source::ALL.len()];
    let naming = Naming { rule: Rule::EmailLocalPart, fixes: *first >= 128 };
    read_all(data, || options(Some(source), naming), None);
}

fn options(source: Option<Source>, naming: Naming) -> Options {
    Options { source, naming, settings: Settings { now: now(), ..Settings::default() }, ..Options::default() }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_secs(1_800_000_000).unwrap_or_default()
}

fn read_all(data: &[u8], options: impl Fn() -> Options, check_user: Option<&dyn Fn(&UserRecord)>) {
    let mut file = match UserFile::open(data, options()) {
        Ok(file) => file,
        Err(fault) => return check_message(&fault.to_string(), None),
    };
    let mut rejected = Vec::new();
    let mut writer = ok(RejectedWriter::new(&mut rejected, file.rejected_format()));
    let mut last = 0;
    let read = file.read(now, &mut |entry: Entry<'_>| {
        let Entry { line, text, outcome, .. } = entry;
        assert!(line >= last, "line {line} comes after line {last}");
        last = line;
        match outcome {
            Outcome::User(user) => {
                let user = check_times(*user);
                if let Some(check) = check_user {
                    check(&user);
                }
            }
            Outcome::Skipped(what) => check_message(what, None),
            Outcome::Refused(faults) => {
                check_faults(&faults, text);
                ok(writer.write(text, &faults.to_string()));
            }
        }
        ControlFlow::Continue(())
    });
    if let Err(fault) = read {
        check_message(&fault.to_string(), None);
    }
    file.ignored().iter().chain(&file.description()).for_each(|text| check_message(text, None));
    ok(writer.flush());
    drop(writer);
    // What was refused can be read again.
    if let Ok(mut file) = UserFile::open(&rejected[..], options()) {
        drop(file.read(now, &mut |_| ControlFlow::Continue(())));
    }
}

fn check_times(user: FileUser) -> UserRecord {
    let user = user.candidate.user;
    assert!(user.created_at <= now() && user.last_login_at.is_none_or(|at| at <= now()), "{user:?}");
    user
}

fn check_round_trips(user: &UserRecord) {
    let written = values(user.clone());
    let mut csv = Vec::new();
    let mut writer = ok(Writer::csv(&mut csv, &Field::ALL[..WRITTEN]));
    ok(writer.write(&written));
    ok(writer.flush());
    drop(writer);
    // In CSV, these texts are no value.
    let external_id = user.external_id.as_ref().map_or("1", |id| id.as_str());
    if !is_absent(user.username.as_str()) && !is_absent(external_id) {
        check_round_trip(&csv, user);
    }
    // A spreadsheet would take such a cell for a formula.
    let line = String::from_utf8_lossy(&csv);
    assert!(!line.split(',').any(|cell| cell.starts_with(['=', '+', '-', '@', '\t'])), "{line:?}");

    let mut json = Vec::new();
    ok(Writer::Ndjson(&mut json).write(&written));
    check_round_trip(&json, user);
}

fn check_round_trip(written: &[u8], user: &UserRecord) {
    let text = String::from_utf8_lossy(written);
    let options = options(Some(Source::Usher), Naming::default());
    let mut file = UserFile::open(written, options).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    let mut users = Vec::new();
    let read = file.read(now, &mut |entry: Entry<'_>| {
        match entry.outcome {
            Outcome::User(user) => users.push(user.candidate.user),
            Outcome::Skipped(what) => panic!("{text}: {what}"),
            Outcome::Refused(faults) => panic!("{text}: {faults}"),
        }
        ControlFlow::Continue(())
    });
    assert!(read.is_ok() && users == [user.clone()], "{text:?} is read as {users:?}");
}

fn check_faults(faults: &Faults, text: &str) {
    let object: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    for secret in [Field::PasswordHash, Field::TotpSecret] {
        check_message(&faults.to_string(), object.get(secret.name()).and_then(serde_json::Value::as_str));
    }
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
        usher_fuzz_corpus::replay("foreign_files", super::foreign_files);
    }
}

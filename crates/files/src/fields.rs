//! The fields of a user in a file, and the meaning of their values.

use crate::faults::Faults;
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use serde_json::Value;
use std::ops::RangeInclusive;
use usher_auth::{imported_hashes, totp::Totp};
use usher_domain::{EmailAddress, ExternalId, Fault, RoleName, Status, Username, checked, clock};
use usher_persistence::{Candidate, UserRecord};
use uuid::Uuid;

/// The columns of CSV and the keys of NDJSON, in the order in which they are written. The hash is the last that is written, so
/// that it can be omitted.
pub const FIELDS: [&str; 13] = [
    "id",
    "external_id",
    "username",
    "email",
    "email_verified",
    "pending_email",
    "role",
    "status",
    "created_at",
    "updated_at",
    "last_login_at",
    "password_hash",
    "totp_secret",
];

/// How many of [`FIELDS`] are written: all but the secret of an authenticator app, which never leaves the service.
pub const WRITTEN: usize = FIELDS.len() - 1;

/// The values of a line, in the order of [`FIELDS`]; null if a value is missing.
pub type Values = [Value; FIELDS.len()];

/// A user of a file.
pub struct FileUser {
    /// The user, without the authenticator app: its secret must be encrypted first.
    pub candidate: Candidate,
    pub totp: Option<Totp>,
}

/// The position of a field in [`FIELDS`].
pub fn position(name: &str) -> Option<usize> {
    FIELDS.iter().position(|field| *field == name)
}

/// The values of a user.
pub fn write(user: UserRecord) -> [Value; WRITTEN] {
    let time = |time: DateTime<Utc>| Value::from(clock::format_time(time));
    [
        user.id.to_string().into(),
        user.external_id.as_ref().map(ExternalId::as_str).into(),
        user.username.as_str().into(),
        user.email.as_str().into(),
        user.email_verified.into(),
        user.pending_email.as_ref().map(EmailAddress::as_str).into(),
        user.role.as_str().into(),
        user.status.as_str().into(),
        time(user.created_at),
        time(user.updated_at),
        user.last_login_at.map(time).into(),
        user.password_hash.into(),
    ]
}

/// Reads a user from the values. `now` is the time of creation if the values have none.
///
/// # Errors
/// All faults, without the values: some of them are secrets.
pub fn read(values: &Values, now: DateTime<Utc>) -> Result<FileUser, String> {
    let now = now.trunc_subsecs(3);
    let mut faults = Faults::default();
    let [
        id,
        external_id,
        username,
        email,
        email_verified,
        pending_email,
        role,
        status,
        created_at,
        updated_at,
        last_login_at,
        password_hash,
        totp_secret,
    ] = values;
    let username = faults.required("username", username, checked::<Username>);
    let email = faults.required("email", email, checked::<EmailAddress>);
    let email_verified = faults.flag("email_verified", email_verified);
    let pending_email = faults.optional("pending_email", pending_email, checked::<EmailAddress>);
    let role = faults.optional("role", role, checked::<RoleName>).unwrap_or(RoleName::USER);
    let status = faults.optional("status", status, checked::<Status>).unwrap_or(Status::Active);
    let id = faults.optional("id", id, uuid);
    let external_id = faults.optional("external_id", external_id, checked::<ExternalId>);
    let mut time = |name, value| faults.optional(name, value, |text| time(text, now));
    let created_at = time("created_at", created_at);
    let updated_at = time("updated_at", updated_at);
    let last_login_at = time("last_login_at", last_login_at);
    let password_hash = faults
        .optional("password_hash", password_hash, |hash| imported_hashes::validate(hash).map(|()| hash.to_owned()));
    let totp = faults.optional("totp_secret", totp_secret, totp);

    let id_is_given = id.is_some();
    // The id tells the time of creation only if the file does not.
    let created_at =
        created_at.or_else(|| id.and_then(clock::time_of_id).filter(|at| past(now).contains(at))).unwrap_or(now);
    let id = id.unwrap_or_else(|| clock::id_at(created_at));
    let user = username.zip(email).map(|(username, email)| {
        let user = UserRecord {
            id,
            external_id,
            username,
            email,
            email_verified,
            pending_email,
            role,
            status,
            created_at,
            updated_at: updated_at.unwrap_or(created_at),
            last_login_at,
            password_hash,
        };
        FileUser { candidate: Candidate { user, id_is_given, totp: None }, totp }
    });
    faults.finish(user)
}

fn totp(text: &str) -> Result<Totp, Fault> {
    Totp::import(text)
        .map_err(|fault| Fault::new("bad_secret", format!("is not a secret of an authenticator app: {fault}")))
}

/// A UUID of any version: other tables may refer to it.
fn uuid(text: &str) -> Result<Uuid, Fault> {
    match Uuid::try_parse(text) {
        Ok(id) if !id.is_nil() => Ok(id),
        _ => Err(Fault::new(
            "bad_id",
            "must be a UUID other than the nil UUID, or be omitted; an id of another form is an external_id",
        )),
    }
}

/// How far the clock of another machine may be ahead of this one.
const CLOCK_DIFFERENCE: TimeDelta = TimeDelta::minutes(5);

/// The times that users of a file may be of.
fn past(now: DateTime<Utc>) -> RangeInclusive<DateTime<Utc>> {
    DateTime::UNIX_EPOCH..=now
}

/// A time between 1970 and now, to the millisecond, so that it is written again unchanged. A time shortly after now is now:
/// the clock of the machine that wrote it was ahead.
fn time(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    let time = DateTime::parse_from_rfc3339(text)
        .ok()
        .and_then(|time| DateTime::from_timestamp_millis(time.timestamp_millis()))
        .ok_or_else(|| Fault::new("bad_time", "must be a time such as 2026-01-02T03:04:05.678Z"))?;
    let in_this_clock = if time <= now + CLOCK_DIFFERENCE { time.min(now) } else { time };
    if past(now).contains(&in_this_clock) {
        Ok(in_this_clock)
    } else {
        Err(Fault::new("bad_time", "must be a time between 1970 and now"))
    }
}

//! A user as a line of a file: which fields there are, and what their values mean.

use chrono::{DateTime, Utc};
use serde_json::Value;
use usher_auth::imported_hashes;
use usher_domain::{EmailAddress, Fault, Role, Status, Username, checked, clock};
use usher_persistence::{Candidate, UserRecord};
use uuid::{Uuid, Variant};

/// The columns of CSV and the keys of NDJSON, in the order in which they are written. The hash stands last, to be left out.
pub const FIELDS: [&str; 11] = [
    "id",
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
];

/// A line's values in the order of [`FIELDS`]; null where there is none.
pub type Values = [Value; FIELDS.len()];

/// Where a field stands in [`FIELDS`].
pub fn position(name: &str) -> Option<usize> {
    FIELDS.iter().position(|field| *field == name)
}

/// The values of a user.
pub fn write(user: UserRecord) -> Values {
    let time = |time: DateTime<Utc>| Value::from(clock::written(time));
    [
        user.id.to_string().into(),
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

/// The user whom the values tell of. `now` is when those are made who do not say when they were.
///
/// # Errors
/// Everything that is wrong with them, without the values: one of them is a secret.
pub fn read(values: &Values, now: DateTime<Utc>) -> Result<Candidate, String> {
    let mut faults = Faults::default();
    let [
        id,
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
    ] = values;
    let username = faults.required("username", username, checked::<Username>);
    let email = faults.required("email", email, checked::<EmailAddress>);
    let email_verified = match email_verified {
        Value::Null => false,
        Value::Bool(verified) => *verified,
        _ => faults.add("email_verified", "must be true or false").unwrap_or(false),
    };
    let pending_email = faults.optional("pending_email", pending_email, checked::<EmailAddress>);
    let role = faults.optional("role", role, checked::<Role>).unwrap_or(Role::User);
    let status = faults.optional("status", status, checked::<Status>).unwrap_or(Status::Active);
    let id = faults.optional("id", id, uuid_v7);
    let mut time = |name, value| faults.optional(name, value, |text| time(text, now));
    let created_at = time("created_at", created_at);
    let updated_at = time("updated_at", updated_at);
    let last_login_at = time("last_login_at", last_login_at);
    let password_hash = faults
        .optional("password_hash", password_hash, |hash| imported_hashes::validate(hash).map(|()| hash.to_owned()));

    let id_is_given = id.is_some();
    let id = id.unwrap_or_else(|| clock::id_at(created_at.unwrap_or(now)));
    // An id keeps milliseconds.
    let made = clock::at_of(id).unwrap_or(now);
    if made > now {
        faults.add::<()>("id", "is of a time to come");
    } else if created_at.is_some_and(|at| at.timestamp_millis() != made.timestamp_millis()) {
        faults.add::<()>("id", "must be of the same time as created_at");
    }
    match (username, email) {
        (Some(username), Some(email)) if faults.0.is_empty() => Ok(Candidate {
            user: UserRecord {
                id,
                username,
                email,
                email_verified,
                pending_email,
                role,
                status,
                created_at: made,
                updated_at: updated_at.unwrap_or(made),
                last_login_at,
                password_hash,
            },
            id_is_given,
        }),
        _ => Err(faults.0.join("; ")),
    }
}

fn uuid_v7(text: &str) -> Result<Uuid, Fault> {
    match Uuid::try_parse(text) {
        Ok(id) if id.get_version_num() == 7 && id.get_variant() == Variant::RFC4122 => Ok(id),
        _ => Err(Fault::new("bad_id", "must be a UUIDv7, or be left out")),
    }
}

/// A time between the first that a UUIDv7 can tell and now, to the millisecond, so that what is written again is the same.
fn time(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
    let time = DateTime::parse_from_rfc3339(text)
        .ok()
        .and_then(|time| DateTime::from_timestamp_millis(time.timestamp_millis()))
        .ok_or_else(|| Fault::new("bad_time", "must be a time such as 2026-01-02T03:04:05.678Z"))?;
    if (DateTime::UNIX_EPOCH..=now).contains(&time) {
        Ok(time)
    } else {
        Err(Fault::new("bad_time", "must be a time between 1970 and now"))
    }
}

/// What is wrong with a line.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn add<T>(&mut self, field: &str, detail: &str) -> Option<T> {
        self.0.push(format!("{field} {detail}"));
        None
    }

    fn optional<T>(&mut self, field: &str, value: &Value, read: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        match value {
            Value::Null => None,
            Value::String(text) => match read(text) {
                Ok(value) => Some(value),
                Err(fault) => self.add(field, &fault.detail),
            },
            _ => self.add(field, "must be a string"),
        }
    }

    fn required<T>(&mut self, field: &str, value: &Value, read: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        match value {
            Value::Null => self.add(field, "is missing"),
            value => self.optional(field, value, read),
        }
    }
}

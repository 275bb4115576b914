//! Checks the values of a user, whatever file they come from.

use super::{Draft, Field, Value};
use crate::{report::Faults, usernames::Usernames, values::past};
use chrono::{DateTime, SubsecRound as _, Utc};
use std::borrow::Cow;
use usher_auth::{imported_hashes, totp::Totp};
use usher_domain::{EmailAddress, ExternalId, Fault, RoleName, Status, Username, checked, clock};
use usher_persistence::{Candidate, UserRecord};
use uuid::Uuid;

/// A user of a file.
pub struct FileUser {
    /// The user, without the authenticator app: its secret must be encrypted first.
    pub candidate: Candidate,
    pub totp: Option<Totp>,
    /// The id that the file has, as the file has it: `id`, else `external_id`.
    pub old_id: Option<String>,
    /// Other usernames for the user, if this one is taken.
    pub usernames: Usernames,
}

/// Checks the values of a user. `now` is the time of creation if there is none.
///
/// # Errors
/// All faults, without the values: some of them are secrets.
pub fn check(draft: Draft<'_>, usernames: Option<Usernames>, now: DateTime<Utc>) -> Result<FileUser, Faults> {
    let now = now.trunc_subsecs(3);
    let Draft { values, mut faults, .. } = draft;
    let value = |field: Field| &values[field as usize];
    let mut usernames = usernames.unwrap_or_default();
    let username = match usernames.next() {
        Some(username) => Some(username),
        None => faults.required("username", value(Field::Username), checked::<Username>),
    };
    let email = faults.required("email", value(Field::Email), checked::<EmailAddress>);
    let email_verified = faults.flag("email_verified", value(Field::EmailVerified));
    let pending_email = faults.optional("pending_email", value(Field::PendingEmail), checked::<EmailAddress>);
    let role = faults.optional("role", value(Field::Role), checked::<RoleName>).unwrap_or(RoleName::USER);
    let status = faults.optional("status", value(Field::Status), checked::<Status>).unwrap_or(Status::Active);
    let id = faults.optional("id", value(Field::Id), uuid);
    let external_id = faults.optional("external_id", &number_as_text(value(Field::ExternalId)), checked::<ExternalId>);
    let mut time = |field: Field| faults.time(field.name(), value(field), now);
    let created_at = time(Field::CreatedAt);
    let updated_at = time(Field::UpdatedAt);
    let last_login_at = time(Field::LastLoginAt);
    let password_hash = faults.optional("password_hash", value(Field::PasswordHash), imported_hashes::read);
    let totp = faults.optional("totp_secret", value(Field::TotpSecret), totp);

    let old_id = id.map(|id| id.to_string()).or_else(|| external_id.as_ref().map(|id| id.as_str().to_owned()));
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
        let username_is_given = usernames.is_given();
        FileUser { candidate: Candidate { user, username_is_given, totp: None }, totp, old_id, usernames }
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

/// Many systems have numbers for ids.
fn number_as_text<'a>(value: &'a Value<'a>) -> Cow<'a, Value<'a>> {
    match value {
        Value::Number(number) => Cow::Owned(number.to_string().into()),
        value => Cow::Borrowed(value),
    }
}

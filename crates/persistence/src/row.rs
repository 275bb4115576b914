//! A user's row, and the state that the policy reads from it.

use crate::{
    roles::{HeldRole, held_role},
    schema::users,
};
use chrono::{DateTime, Utc};
use diesel::{
    alias,
    dsl::{exists, not},
    prelude::*,
};
use usher_domain::{EmailAddress, ExternalId, Status, User, Username, second_step::MAX_FAILURES_OF_TOTP};
use uuid::Uuid;

/// A row of [`columns`].
#[derive(Queryable)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
pub(crate) struct UserRow {
    id: Uuid,
    external_id: Option<String>,
    username: String,
    email: String,
    email_key: String,
    email_verified: bool,
    pending_email: Option<String>,
    role: HeldRole,
    status: String,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    last_login_at: Option<DateTime<Utc>>,
    last_admin: bool,
    has_factors: bool,
    rate_limited: Option<bool>,
    /// Whether the user's address is verified, and has to be for a sign-in.
    relies_on_email: bool,
}

alias!(users as others: OtherUsers);

/// The columns that every query of a user reads: the row, whether it is the last one who can administer the service, and
/// whether guesses at the password are rate limited `now`. With `verified_email` an admin needs a verified address to sign in,
/// so the last one who has one is the last one too.
#[diesel::dsl::auto_type]
pub(crate) fn columns(now: DateTime<Utc>, verified_email: bool) -> _ {
    // True only for a verified user, if users must be verified.
    let verified = users::email_verified.and(users::email_verified.eq(verified_email));
    // Beside such a user, only admins who are verified count. The text of the statement is built for each request, and without
    // `select` it would name all columns here.
    let another = others
        .filter(
            others
                .field(users::administers)
                .and(others.field(users::id).ne(users::id))
                .and(others.field(users::email_verified).or(not(verified))),
        )
        .select(others.field(users::id));
    let most_failures: i32 = MAX_FAILURES_OF_TOTP;
    (
        users::id,
        users::external_id,
        users::username,
        users::email,
        users::email_key,
        users::email_verified,
        users::pending_email,
        held_role(),
        users::status,
        users::version,
        users::created_at,
        users::updated_at,
        users::last_login_at,
        users::administers.and(not(exists(another))),
        users::has_factors,
        users::slowed_until.gt(now).or(users::second_factor_failures.ge(most_failures)),
        verified,
    )
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id,
            external_id: row.external_id.map(ExternalId::stored),
            username: Username::stored(row.username),
            email: EmailAddress::stored(row.email),
            email_key: row.email_key,
            email_verified: row.email_verified,
            pending_email: row.pending_email.map(EmailAddress::stored),
            role: row.role.into(),
            // The table's checks allow no other names.
            status: Status::from_name(&row.status).unwrap_or(Status::Suspended),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_login_at: row.last_login_at,
            last_admin: row.last_admin,
            last_verified_admin: row.last_admin && row.relies_on_email,
            has_factors: row.has_factors,
            rate_limited: row.rate_limited == Some(true),
        }
    }
}

//! A session's row.

use crate::schema::sessions;
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Nullable, Timestamptz},
};
use usher_domain::{Authentication, MethodSet, Rights, Session};
use uuid::Uuid;

/// How a session was authenticated: a row of [`authentication`].
#[derive(Queryable)]
pub(crate) struct AuthenticationRow {
    methods: i16,
    at: DateTime<Utc>,
}

/// The columns of [`AuthenticationRow`]. A session whose user has not proved anything again was authenticated when it began.
#[diesel::dsl::auto_type]
pub(crate) fn authentication() -> _ {
    (sessions::methods, coalesce(sessions::authenticated_at, sessions::created_at))
}

#[diesel::declare_sql_function]
extern "SQL" {
    fn coalesce(time: Nullable<Timestamptz>, otherwise: Timestamptz) -> Timestamptz;
}

impl From<AuthenticationRow> for Authentication {
    fn from(row: AuthenticationRow) -> Self {
        Self { methods: MethodSet::stored(row.methods), at: row.at }
    }
}

/// The columns that a session is read by.
#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub(crate) struct SessionRow {
    id: Uuid,
    user_id: Uuid,
    created_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
    user_agent: Option<String>,
    address: Option<String>,
    methods: i16,
    authenticated_at: Option<DateTime<Utc>>,
}

impl SessionRow {
    /// The session of an owner with these rights.
    pub(crate) fn of_owner(self, owner: Rights) -> Session {
        let Self { id, user_id, created_at, last_used_at, user_agent, address, methods, authenticated_at } = self;
        let authentication =
            Authentication { methods: MethodSet::stored(methods), at: authenticated_at.unwrap_or(created_at) };
        Session { id, user_id, owner, authentication, created_at, last_used_at, user_agent, address }
    }
}

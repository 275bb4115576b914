//! A session's row.

use crate::schema::sessions;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use usher_domain::{Rights, Session};
use uuid::Uuid;

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
}

impl SessionRow {
    /// The session of an owner with these rights.
    pub(crate) fn of_owner(self, owner: Rights) -> Session {
        let Self { id, user_id, created_at, last_used_at, user_agent, address } = self;
        Session { id, user_id, owner, created_at, last_used_at, user_agent, address }
    }
}

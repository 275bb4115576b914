//! Users with all columns of their row, for exports and imports.

use crate::{Database, Error, schema::users};
use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Nullable, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use usher_domain::{EmailAddress, ExternalId, RoleName, Status, Username};
use uuid::Uuid;

/// A user's row.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRecord {
    pub id: Uuid,
    pub external_id: Option<ExternalId>,
    pub username: Username,
    pub email: EmailAddress,
    pub email_verified: bool,
    pub pending_email: Option<EmailAddress>,
    pub role: RoleName,
    pub status: Status,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub last_login_at: Option<DateTime<Utc>>,
    /// A PHC or crypt string; without it the user cannot sign in until a password is chosen.
    pub password_hash: Option<String>,
}

/// Without the hash.
impl std::fmt::Debug for UserRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRecord").field("id", &self.id).field("username", &self.username).finish_non_exhaustive()
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct UserRecordRow {
    id: Uuid,
    external_id: Option<String>,
    username: String,
    email: String,
    email_verified: bool,
    pending_email: Option<String>,
    role: String,
    status: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    last_login_at: Option<DateTime<Utc>>,
    password_hash: Option<String>,
}

impl Database {
    /// The `limit` users after the one with this time of creation and id, or the first, in the order of their creation: reading
    /// on from the last one returns every user that exists throughout exactly once.
    pub async fn records(&self, after: Option<(DateTime<Utc>, Uuid)>, limit: i64) -> Result<Vec<UserRecord>, Error> {
        let (created_at, id) = after.unzip();
        // A comparison of rows is one place in the index; diesel's builder has none.
        let later = sql::<Bool>("(users.created_at, users.id) > (coalesce(")
            .bind::<Nullable<Timestamptz>, _>(created_at)
            .sql(", '-infinity'), ")
            .bind::<SqlUuid, _>(id.unwrap_or_default())
            .sql(")");
        let records = users::table
            .filter(later)
            .order((users::created_at, users::id))
            .limit(limit)
            .select(UserRecordRow::as_select());
        let rows = self.read(async |connection| Ok(records.load(connection).await?)).await?;
        Ok(rows.into_iter().map(UserRecord::from).collect())
    }
}

impl From<UserRecordRow> for UserRecord {
    fn from(row: UserRecordRow) -> Self {
        Self {
            id: row.id,
            external_id: row.external_id.map(ExternalId::stored),
            username: Username::stored(row.username),
            email: EmailAddress::stored(row.email),
            email_verified: row.email_verified,
            pending_email: row.pending_email.map(EmailAddress::stored),
            role: RoleName::stored(row.role),
            // The table's checks allow no other names.
            status: Status::from_name(&row.status).unwrap_or(Status::Suspended),
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_login_at: row.last_login_at,
            password_hash: row.password_hash,
        }
    }
}

//! An API key's row.

use crate::schema::api_keys;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use usher_domain::{ApiKey, ApiKeyName, Rights, ScopeSet};
use uuid::Uuid;

/// The columns that a key is read by.
#[derive(Queryable, Selectable)]
#[diesel(table_name = api_keys)]
pub(crate) struct ApiKeyRow {
    id: Uuid,
    user_id: Uuid,
    name: String,
    hint: String,
    scopes: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
}

impl ApiKeyRow {
    /// The key of an owner with these rights.
    pub(crate) fn of_owner(self, owner: Rights) -> ApiKey {
        ApiKey {
            id: self.id,
            user_id: self.user_id,
            owner,
            name: ApiKeyName::stored(self.name),
            hint: self.hint,
            scopes: ScopeSet::from_names(self.scopes.iter().map(String::as_str)),
            created_at: self.created_at,
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
        }
    }
}

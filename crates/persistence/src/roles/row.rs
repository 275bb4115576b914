//! A role with its number of users.

use super::held::rights;
use crate::schema::{roles, user_counts};
use chrono::{DateTime, Utc};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::collections::HashMap;
use usher_domain::{Role, RoleDescription, RoleDetails, RoleName};

/// The part of a row that says what the role allows; built-in roles have no row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = roles)]
pub(super) struct CustomRole {
    name: String,
    permissions: Vec<String>,
    reserved: bool,
}

impl From<CustomRole> for Role {
    fn from(row: CustomRole) -> Self {
        Self::of(RoleName::stored(row.name), rights(&row.permissions, row.reserved))
    }
}

/// A row of the table.
#[derive(Queryable, Selectable)]
#[diesel(table_name = roles)]
pub(super) struct RoleRow {
    #[diesel(embed)]
    role: CustomRole,
    description: String,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl RoleRow {
    /// The role with the number of its users.
    pub(super) fn counted(self, counts: &UserCounts) -> RoleDetails {
        let users = counts.of(&self.role.name);
        self.with_users(users)
    }

    /// The role, which this many users have.
    pub(super) fn with_users(self, users: i64) -> RoleDetails {
        RoleDetails {
            role: self.role.into(),
            description: RoleDescription::stored(self.description),
            users,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// How many users there are of each role.
pub(super) struct UserCounts(HashMap<String, i64>);

impl UserCounts {
    pub(super) fn of(&self, role: &str) -> i64 {
        self.0.get(role).copied().unwrap_or_default()
    }

    /// Those of these roles, from the counts that triggers keep.
    pub(super) async fn read(mut connection: &AsyncPgConnection, roles: &[&str]) -> QueryResult<Self> {
        let rows = user_counts::table
            .filter(user_counts::role.eq_any(roles))
            .select((user_counts::role, user_counts::n))
            .load::<(String, i64)>(&mut connection)
            .await?;
        Ok(Self::sum(rows))
    }

    /// Those of all roles.
    pub(super) async fn read_all(mut connection: &AsyncPgConnection) -> QueryResult<Self> {
        let rows = user_counts::table.select((user_counts::role, user_counts::n)).load(&mut connection).await?;
        Ok(Self::sum(rows))
    }

    /// The counts are kept in several rows, so that writers do not wait for each other.
    fn sum(rows: Vec<(String, i64)>) -> Self {
        let mut counts = HashMap::new();
        for (role, n) in rows {
            *counts.entry(role).or_default() += n;
        }
        Self(counts)
    }
}

//! The list as sorting and filtering in memory gives it.

use chrono::{DateTime, Utc};
use std::cmp::Ordering;
use usher_domain::{
    RoleName, Status, fold,
    page::{UserFilter, UserOrder, UserSort},
};
use uuid::Uuid;

/// A role that is not built in.
pub const CUSTOM_ROLE: &str = "support";
const STATUSES: [Option<Status>; 3] = [None, Some(Status::Active), Some(Status::Suspended)];

/// The columns of a user that lists filter and sort by.
#[derive(Debug, Clone)]
pub struct StoredUser {
    pub id: Uuid,
    pub username_key: String,
    pub email_key: String,
    pub role: String,
    pub status: String,
    pub external_id: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub last_login_at: Option<DateTime<Utc>>,
}

pub fn model(users: &[StoredUser], order: UserOrder, filter: &UserFilter) -> Vec<Uuid> {
    let mut rows: Vec<&StoredUser> = users.iter().filter(|row| passes(row, filter)).collect();
    rows.sort_by(|a, b| if order.descending { compare(b, a, order.by) } else { compare(a, b, order.by) });
    rows.into_iter().map(|row| row.id).collect()
}

fn compare(a: &StoredUser, b: &StoredUser, by: UserSort) -> Ordering {
    match by {
        UserSort::CreatedAt => (a.created_at, a.id).cmp(&(b.created_at, b.id)),
        UserSort::Username => a.username_key.as_bytes().cmp(b.username_key.as_bytes()),
        UserSort::Email => a.email_key.as_bytes().cmp(b.email_key.as_bytes()),
        UserSort::UpdatedAt => (a.updated_at, a.id).cmp(&(b.updated_at, b.id)),
        UserSort::LastLoginAt => (a.last_login_at, a.id).cmp(&(b.last_login_at, b.id)),
    }
}

fn passes(row: &StoredUser, filter: &UserFilter) -> bool {
    let q = filter.q.as_deref().map(fold).unwrap_or_default();
    let found = |name: &str| if q.chars().count() < 3 { name.starts_with(&q) } else { name.contains(&q) };
    filter.role.as_ref().is_none_or(|role| role.as_str() == row.role)
        && filter.status.is_none_or(|status| status.as_str() == row.status)
        && filter.external_id.as_ref().is_none_or(|id| row.external_id.as_deref() == Some(id.as_str()))
        && (found(&row.username_key) || found(&row.email_key))
}

/// Every filter by role and status.
pub fn kinds() -> impl Iterator<Item = UserFilter> {
    let custom = RoleName::stored(CUSTOM_ROLE.to_owned());
    let roles = [None, Some(RoleName::ADMIN), Some(RoleName::USER), Some(custom)];
    roles
        .into_iter()
        .flat_map(|role| STATUSES.map(|status| UserFilter { role: role.clone(), status, ..UserFilter::default() }))
}

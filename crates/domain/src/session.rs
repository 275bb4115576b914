//! A session: one sign-in on one device.

use crate::{Authentication, Rights};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A session exists from a sign-in until it is revoked or expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: Uuid,
    pub user_id: Uuid,
    /// What the role of its owner allows now.
    pub owner: Rights,
    /// How its user has proved who they are.
    pub authentication: Authentication,
    pub created_at: DateTime<Utc>,
    /// The time it last issued an access token.
    pub last_used_at: DateTime<Utc>,
    pub user_agent: Option<String>,
    pub address: Option<String>,
}

//! A session as a client receives it.

use uuid::Uuid;

/// A session that has begun or was continued.
pub struct IssuedSession {
    pub user: Uuid,
    pub session: Uuid,
    /// Valid once, for the next refresh of this session.
    pub refresh_token: String,
}

//! Audit events: who did what to whom, when, from where.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What was done; the name is what is stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    UserRegistered,
    UserCreated,
    UserUpdated,
    UserDeleted,
    UserSuspended,
    UserReactivated,
    PasswordChanged,
    SignedIn,
    SignInRefused,
    SessionRevoked,
    SessionsRevoked,
}

impl Event {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserRegistered => "user_registered",
            Self::UserCreated => "user_created",
            Self::UserUpdated => "user_updated",
            Self::UserDeleted => "user_deleted",
            Self::UserSuspended => "user_suspended",
            Self::UserReactivated => "user_reactivated",
            Self::PasswordChanged => "password_changed",
            Self::SignedIn => "signed_in",
            Self::SignInRefused => "sign_in_refused",
            Self::SessionRevoked => "session_revoked",
            Self::SessionsRevoked => "sessions_revoked",
        }
    }
}

/// One row of the audit trail.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub action: String,
    pub outcome: String,
    pub actor_id: Option<Uuid>,
    pub actor_username: Option<String>,
    pub target_id: Option<Uuid>,
    /// The fields that changed; never a secret.
    pub changes: Vec<String>,
    pub address: Option<String>,
    pub request_id: Option<Uuid>,
}

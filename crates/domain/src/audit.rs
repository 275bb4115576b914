//! Audit events: who did what to whom, when, from where.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What was done; the name is what is stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    UserRegistered,
    UserCreated,
    /// Brought from elsewhere by the operator.
    UserImported,
    UserUpdated,
    UserDeleted,
    UserSuspended,
    UserReactivated,
    PasswordChanged,
    PasswordReset,
    PasswordResetRequested,
    PasswordResetSent,
    EmailVerified,
    VerificationRequested,
    SignedIn,
    SignInRefused,
    SessionRevoked,
    SessionsRevoked,
    RefreshTokenReused,
}

impl Event {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserRegistered => "user_registered",
            Self::UserCreated => "user_created",
            Self::UserImported => "user_imported",
            Self::UserUpdated => "user_updated",
            Self::UserDeleted => "user_deleted",
            Self::UserSuspended => "user_suspended",
            Self::UserReactivated => "user_reactivated",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::PasswordResetRequested => "password_reset_requested",
            Self::PasswordResetSent => "password_reset_sent",
            Self::EmailVerified => "email_verified",
            Self::VerificationRequested => "verification_requested",
            Self::SignedIn => "signed_in",
            Self::SignInRefused => "sign_in_refused",
            Self::SessionRevoked => "session_revoked",
            Self::SessionsRevoked => "sessions_revoked",
            Self::RefreshTokenReused => "refresh_token_reused",
        }
    }
}

/// Whether it was done, or tried and refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    Success,
    Refused,
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
        }
    }
}

/// A field that changed. Its values are told only where they are no one's personal data nor secret: role, status and ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub field: String,
    pub from: Option<String>,
    pub to: Option<String>,
}

impl Change {
    /// That a field changed, and nothing more.
    pub fn of(field: &str) -> Self {
        Self { field: field.to_owned(), from: None, to: None }
    }

    /// That a thing with an id is no more.
    pub fn gone(field: &str, id: Uuid) -> Self {
        Self { field: field.to_owned(), from: Some(id.to_string()), to: None }
    }

    /// What a field changed from and to.
    pub fn between(field: &str, from: &str, to: &str) -> Self {
        Self { field: field.to_owned(), from: Some(from.to_owned()), to: Some(to.to_owned()) }
    }
}

/// One row of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub action: String,
    pub outcome: String,
    pub actor_id: Option<Uuid>,
    pub actor_username: Option<String>,
    pub actor_is_admin: bool,
    pub target_id: Option<Uuid>,
    pub changes: Vec<Change>,
    pub address: Option<String>,
    pub request_id: Option<Uuid>,
}

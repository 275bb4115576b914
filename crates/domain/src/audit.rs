//! Audit events: who did what to whom, when, from where.

use crate::named_enum;
use chrono::{DateTime, Utc};
use uuid::Uuid;

named_enum! {
    /// What was done.
    pub enum Event {
        UserRegistered = "user_registered",
        UserCreated = "user_created",
        /// Imported by the operator.
        UserImported = "user_imported",
        UserUpdated = "user_updated",
        UserDeleted = "user_deleted",
        UserSuspended = "user_suspended",
        UserReactivated = "user_reactivated",
        PasswordChanged = "password_changed",
        PasswordReset = "password_reset",
        PasswordResetRequested = "password_reset_requested",
        PasswordResetSent = "password_reset_sent",
        EmailVerified = "email_verified",
        VerificationRequested = "verification_requested",
        SignedIn = "signed_in",
        SignInRefused = "sign_in_refused",
        /// An admin reset the failed sign-ins of a user.
        ThrottleLifted = "throttle_lifted",
        ApiKeyCreated = "api_key_created",
        ApiKeyRevoked = "api_key_revoked",
        /// All API keys of a user were revoked.
        ApiKeysRevoked = "api_keys_revoked",
        /// A second factor was added: an authenticator app was confirmed, or a passkey enrolled.
        FactorEnrolled = "factor_enrolled",
        FactorRenamed = "factor_renamed",
        FactorRemoved = "factor_removed",
        /// All factors of a user were removed, by an admin or the operator.
        FactorsReset = "factors_reset",
        RecoveryCodesCreated = "recovery_codes_created",
        RecoveryCodeUsed = "recovery_code_used",
        /// A passkey counted fewer uses than before: there may be a copy of it.
        PasskeyCounterRegressed = "passkey_counter_regressed",
        /// The user of a session proved again who they are.
        SteppedUp = "stepped_up",
        SessionRevoked = "session_revoked",
        SessionsRevoked = "sessions_revoked",
        RoleCreated = "role_created",
        RoleUpdated = "role_updated",
        RoleDeleted = "role_deleted",
        /// A spent refresh token was used again, so its session was revoked.
        RefreshTokenReused = "refresh_token_reused",
        /// The operator published a signing key that replaces the previous one.
        SigningKeyRotated = "signing_key_rotated",
        /// The operator replaced all signing keys, which revokes all access tokens.
        SigningKeysRevoked = "signing_keys_revoked",
    }
}

named_enum! {
    /// Whether the action succeeded or was refused.
    pub enum Outcome {
        Success = "success",
        Refused = "refused",
    }
}

/// A changed field. Its values are recorded only if they are neither personal data nor secret: role, permissions, status,
/// scopes and ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub field: String,
    pub from: Option<String>,
    pub to: Option<String>,
}

impl Change {
    /// A field changed; its values are not recorded.
    pub fn of(field: &str) -> Self {
        Self { field: field.to_owned(), from: None, to: None }
    }

    /// Something with an id was created.
    pub fn made(field: &str, id: Uuid) -> Self {
        Self::new(field, &id.to_string())
    }

    /// Something with an id was deleted.
    pub fn gone(field: &str, id: Uuid) -> Self {
        Self::ended(field, &id.to_string())
    }

    /// A field got its first value.
    pub fn new(field: &str, to: &str) -> Self {
        Self { field: field.to_owned(), from: None, to: Some(to.to_owned()) }
    }

    /// A field has no value any more.
    pub fn ended(field: &str, from: &str) -> Self {
        Self { field: field.to_owned(), from: Some(from.to_owned()), to: None }
    }

    /// A field changed from one value to another.
    pub fn between(field: &str, from: &str, to: &str) -> Self {
        Self { field: field.to_owned(), from: Some(from.to_owned()), to: Some(to.to_owned()) }
    }
}

/// Which events a list has: those that match all members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub action: Option<Event>,
    pub actor: Option<Uuid>,
    pub target: Option<Uuid>,
    pub outcome: Option<Outcome>,
    /// At or after this time.
    pub since: Option<DateTime<Utc>>,
    /// Before this time.
    pub until: Option<DateTime<Utc>>,
}

/// How far the events of a list are counted: the audit trail is long, and counting it would cost more than reading a page.
pub const MAX_COUNTED: i64 = 10_000;

/// An event in the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub action: String,
    pub outcome: String,
    pub actor_id: Option<Uuid>,
    pub actor_username: Option<String>,
    pub target_id: Option<Uuid>,
    pub changes: Vec<Change>,
    pub address: Option<String>,
    pub request_id: Option<Uuid>,
}

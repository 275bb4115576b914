//! Audit events: who did what to whom, when, from where.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Each event once, with the name that is stored and shown.
macro_rules! events {
    ($( $(#[doc = $about:literal])* $event:ident = $name:literal, )+) => {
        /// What was done; the name is what is stored and shown.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Event {
            $( $(#[doc = $about])* $event, )+
        }

        impl Event {
            pub const NAMES: &'static [&'static str] = &[$( $name ),+];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$event => $name, )+
                }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $( $name => Some(Self::$event), )+
                    _ => None,
                }
            }
        }
    };
}

events! {
    UserRegistered = "user_registered",
    UserCreated = "user_created",
    /// Brought from elsewhere by the operator.
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
    /// An admin had the failed sign-ins of a user forgotten.
    ThrottleLifted = "throttle_lifted",
    SessionRevoked = "session_revoked",
    SessionsRevoked = "sessions_revoked",
    /// A spent refresh token came back, so its session was ended.
    RefreshTokenReused = "refresh_token_reused",
    /// The operator has published a signing key that takes the place of the one before.
    SigningKeyRotated = "signing_key_rotated",
    /// The operator has had all access tokens refused.
    SigningKeysRevoked = "signing_keys_revoked",
}

/// Whether the action succeeded or was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    Success,
    Refused,
}

impl Outcome {
    pub const NAMES: &'static [&'static str] = &["success", "refused"];

    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "success" => Some(Self::Success),
            "refused" => Some(Self::Refused),
            _ => None,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
        }
    }
}

/// A changed field. Its values are recorded only if they are neither personal data nor secret: role, status and ids.
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

/// Which events a list is of. All parts must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub action: Option<Event>,
    pub actor: Option<Uuid>,
    pub target: Option<Uuid>,
    pub outcome: Option<Outcome>,
    /// Not before.
    pub since: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
}

/// How far the events of a list are counted: the trail is long, and counting it would cost more than reading it.
pub const MOST_COUNTED: i64 = 10_000;

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

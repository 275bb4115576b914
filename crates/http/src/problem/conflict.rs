//! Conflicts with the current state (409).

use usher_domain::policy::ConflictReason;

/// The state that prevents a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    UsernameTaken,
    EmailTaken,
    TooManyApiKeys,
    RoleNameTaken,
    TooManyRoles,
    ConflictReason(ConflictReason),
}

impl Conflict {
    pub const fn code(self) -> &'static str {
        match self {
            Self::UsernameTaken => "username_taken",
            Self::EmailTaken => "email_taken",
            Self::TooManyApiKeys => "too_many_api_keys",
            Self::RoleNameTaken => "role_name_taken",
            Self::TooManyRoles => "too_many_roles",
            Self::ConflictReason(ConflictReason::LastAdmin) => "last_admin",
            Self::ConflictReason(ConflictReason::AlreadySuspended) => "already_suspended",
            Self::ConflictReason(ConflictReason::NotSuspended) => "not_suspended",
            Self::ConflictReason(ConflictReason::AlreadyVerified) => "already_verified",
            Self::ConflictReason(ConflictReason::NotRateLimited) => "not_throttled",
            Self::ConflictReason(ConflictReason::BuiltInRole) => "built_in_role",
            Self::ConflictReason(ConflictReason::RoleInUse) => "role_in_use",
        }
    }

    pub const fn detail(self) -> &'static str {
        match self {
            Self::UsernameTaken => "Another user has this username.",
            Self::EmailTaken => "Another user has this e-mail address.",
            Self::TooManyApiKeys => "You have 50 API keys that have not expired. Revoke one first.",
            Self::RoleNameTaken => "Another role has this name.",
            Self::TooManyRoles => "There are 100 roles, which is the limit.",
            Self::ConflictReason(ConflictReason::LastAdmin) => {
                "This is the last admin who can sign in. Make another user an admin first."
            }
            Self::ConflictReason(ConflictReason::AlreadySuspended) => "The user is suspended.",
            Self::ConflictReason(ConflictReason::NotSuspended) => "The user is not suspended.",
            Self::ConflictReason(ConflictReason::AlreadyVerified) => "You have no address to verify.",
            Self::ConflictReason(ConflictReason::NotRateLimited) => "This account is not rate limited.",
            Self::ConflictReason(ConflictReason::BuiltInRole) => "Built-in roles cannot be changed or deleted.",
            Self::ConflictReason(ConflictReason::RoleInUse) => "Some user has this role.",
        }
    }
}

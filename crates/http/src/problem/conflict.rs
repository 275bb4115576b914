//! Conflicts with the current state (409).

use usher_domain::policy::ConflictReason;

/// The state that prevents a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    UsernameTaken,
    EmailTaken,
    RoleNameTaken,
    ConflictReason(ConflictReason),
}

impl Conflict {
    pub const fn code(self) -> &'static str {
        match self {
            Self::UsernameTaken => "username_taken",
            Self::EmailTaken => "email_taken",
            Self::RoleNameTaken => "role_name_taken",
            Self::ConflictReason(ConflictReason::LastAdmin) => "last_admin",
            Self::ConflictReason(ConflictReason::AlreadySuspended) => "already_suspended",
            Self::ConflictReason(ConflictReason::NotSuspended) => "not_suspended",
            Self::ConflictReason(ConflictReason::AlreadyVerified) => "already_verified",
            Self::ConflictReason(ConflictReason::NotRateLimited) => "not_throttled",
            Self::ConflictReason(ConflictReason::BuiltInRole) => "built_in_role",
            Self::ConflictReason(ConflictReason::RoleInUse) => "role_in_use",
            Self::ConflictReason(ConflictReason::TooManyRoles) => "too_many_roles",
            Self::ConflictReason(ConflictReason::TooManyApiKeys) => "too_many_api_keys",
            Self::ConflictReason(ConflictReason::TooManyFactors) => "too_many_factors",
            Self::ConflictReason(ConflictReason::NoFactors) => "no_factors",
            Self::ConflictReason(ConflictReason::NoPasskeys) => "no_passkeys",
            Self::ConflictReason(ConflictReason::AlreadyConfirmed) => "already_confirmed",
            Self::ConflictReason(ConflictReason::LastWayIn) => "last_way_in",
            Self::ConflictReason(ConflictReason::AlreadyFresh) => "already_fresh",
        }
    }

    pub const fn detail(self) -> &'static str {
        match self {
            Self::UsernameTaken => "Another user has this username.",
            Self::EmailTaken => "Another user has this e-mail address.",
            Self::RoleNameTaken => "Another role has this name.",
            Self::ConflictReason(ConflictReason::LastAdmin) => {
                "This is the last admin who can sign in. Make another user an admin first."
            }
            Self::ConflictReason(ConflictReason::AlreadySuspended) => "The user is suspended.",
            Self::ConflictReason(ConflictReason::NotSuspended) => "The user is not suspended.",
            Self::ConflictReason(ConflictReason::AlreadyVerified) => "You have no address to verify.",
            Self::ConflictReason(ConflictReason::NotRateLimited) => "This account is not rate limited.",
            Self::ConflictReason(ConflictReason::BuiltInRole) => "Built-in roles cannot be changed or deleted.",
            Self::ConflictReason(ConflictReason::RoleInUse) => {
                "A user has this role. Give its users another role first."
            }
            Self::ConflictReason(ConflictReason::TooManyRoles) => {
                "There are 100 roles beside the built-in ones. Delete one first."
            }
            Self::ConflictReason(ConflictReason::TooManyApiKeys) => {
                "You have 50 API keys that have not expired. Revoke one first."
            }
            Self::ConflictReason(ConflictReason::TooManyFactors) => "You have 20 factors. Remove one first.",
            Self::ConflictReason(ConflictReason::NoFactors) => "The user has no factors.",
            Self::ConflictReason(ConflictReason::NoPasskeys) => "You have no passkey for this service.",
            Self::ConflictReason(ConflictReason::AlreadyConfirmed) => "The factor has been confirmed.",
            Self::ConflictReason(ConflictReason::LastWayIn) => {
                "This is your last factor, and you must have one. Enrol another one first."
            }
            Self::ConflictReason(ConflictReason::AlreadyFresh) => {
                "You have proved recently enough who you are. There is nothing to do."
            }
        }
    }
}

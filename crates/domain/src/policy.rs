//! The policy. Nothing else decides who may do what: requests, links, forms and writes all call [`may`].

mod assurance;
mod factors;
mod owned;
mod principal;
mod roles;
mod service;
#[cfg(test)]
mod tests;
mod users;

pub use assurance::{Assurance, RequireMfa};
pub use principal::{AuthenticatedUser, Means, Principal};

use crate::{ApiKey, Factor, FactorSupport, PermissionSet, Rights, RoleDetails, Scope, Session, User};
use assurance::assured;
use chrono::TimeDelta;
use factors::{on_factor, on_factors};
use owned::{on_api_key, on_api_keys, on_session};
use roles::{on_role, on_roles};
use service::{on_registered, on_service};
use users::{on_user, on_users};
use uuid::Uuid;

/// Everything that can be allowed. Writing a field that only some may write is an action of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    ReadRoot,
    ReadDocument,
    Register,
    IssueToken,
    RevokeToken,
    IntrospectToken,
    ReadMe,
    ListUsers,
    CreateUser,
    ReadUser,
    UpdateUser,
    /// Write the field `username` of an update.
    ChangeUsername,
    /// Write the field `email` of an update.
    ChangeEmail,
    /// Write the field `role` of a user. [`may_give`] decides about its value.
    AssignRole,
    /// Write the field `password` of a new user.
    ChooseInitialPassword,
    /// Write the field `current_password` of an update, which is needed to change one's own e-mail address.
    ProvePassword,
    DeleteUser,
    ChangePassword,
    SuspendUser,
    ReactivateUser,
    /// Reset the failed sign-ins of a user.
    LiftThrottle,
    ListSessions,
    RevokeSessions,
    RevokeSession,
    /// Request the mail that confirms one's own address.
    ResendVerification,
    /// Confirm an address with a mailed token. The database decides whether the token is valid.
    VerifyEmail,
    RequestPasswordReset,
    /// Choose a new password with a mailed token. The database decides whether the token is valid.
    ResetPassword,
    SendPasswordReset,
    ListAuditEvents,
    ListUserAuditEvents,
    /// Export all data about a user.
    ExportUser,
    ListRoles,
    ReadRole,
    CreateRole,
    UpdateRole,
    /// Write the field `reserved` of a role.
    ReserveRole,
    DeleteRole,
    ListApiKeys,
    CreateApiKey,
    ReadApiKey,
    RevokeApiKey,
    RevokeApiKeys,
    ListFactors,
    ReadFactor,
    /// Enrol an authenticator app.
    EnrolTotp,
    /// Confirm an authenticator app with one of its codes.
    ConfirmTotp,
    CreatePasskeyOptions,
    EnrolPasskey,
    CreateRecoveryCodes,
    RenameFactor,
    RemoveFactor,
    /// Remove all factors of another user.
    ResetFactors,
    /// Prove again, in a session, who one is.
    StepUp,
    /// Write the field `otp` of a step-up.
    ProveTotp,
    /// Write the field `recovery_code` of a step-up.
    ProveRecoveryCode,
    /// Write the fields `ceremony` and `credential` of a step-up.
    ProvePasskey,
    /// Request the options to do so with a passkey.
    CreateStepUpOptions,
    /// Request the options to sign in with a passkey.
    RequestPasskeySignIn,
    ReadStatistics,
    /// Read the feed of events.
    ListEvents,
}

/// The target of an action, in its current state.
#[derive(Debug, Clone, Copy)]
pub enum Resource<'a> {
    /// The service as a whole.
    Service { registration: Registration, factors: FactorSupport },
    /// The user who has just registered, for the links in the response. With `verified_email`, signing in requires a
    /// verified address.
    Registered { user: &'a User, verified_email: bool },
    /// The collection of all users.
    Users,
    /// One user; `user` is `None` if the row does not exist.
    User { id: Uuid, user: Option<&'a User> },
    /// One session of a user; `session` is `None` if the row does not exist.
    Session { owner: Uuid, session: Option<&'a Session> },
    /// One API key of a user; `key` is `None` if the row does not exist.
    ApiKey { owner: Uuid, key: Option<&'a ApiKey> },
    /// The collection of the API keys of a user, and whether the user has as many valid keys as a user can have.
    ApiKeys { owner: &'a User, is_full: bool },
    /// The factors of a user, and whether there are as many as a user can have; `user` is `None` if the row does not exist.
    Factors { owner: Uuid, user: Option<&'a User>, support: FactorSupport, is_full: bool },
    /// One factor of a user; `factor` is `None` if the row does not exist.
    Factor { owner: Uuid, factor: Option<&'a Factor>, support: FactorSupport },
    /// The collection of all roles, and whether there are as many as there can be.
    Roles { is_full: bool },
    /// One role; `None` if it does not exist.
    Role { role: Option<&'a RoleDetails> },
}

impl Resource<'_> {
    /// The user who owns it, if there is one.
    pub fn owner(&self) -> Option<Uuid> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::Session { owner, .. }
            | Self::ApiKey { owner, .. }
            | Self::Factors { owner, .. }
            | Self::Factor { owner, .. } => Some(*owner),
            Self::ApiKeys { owner, .. } => Some(owner.id),
            Self::Service { .. } | Self::Registered { .. } | Self::Users | Self::Roles { .. } | Self::Role { .. } => {
                None
            }
        }
    }
}

/// Whether anonymous clients may register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    Open,
    Closed,
}

/// The decision. Everything but [`Decision::Allow`] is a refusal, with the reason that the principal may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Allow,
    /// The principal is anonymous; after signing in it might be allowed.
    Unauthenticated,
    /// This principal may not.
    Forbid(DenyReason),
    /// The principal would be allowed in a session in which they have proved who they are within this time.
    StepUp {
        fresh_for: TimeDelta,
        /// Whether nothing else is missing: otherwise the state of the resource conflicts too.
        suffices: bool,
    },
    /// The principal would be allowed, but the resource does not exist.
    NotFound,
    /// The principal would be allowed, but not in the current state of the resource.
    Conflict(ConflictReason),
}

/// Why a principal may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenyReason {
    NotAllowed,
    RegistrationClosed,
    /// The owner of the API key may do it in a session, the key may not.
    InsufficientScope,
    /// The operator does not allow new factors.
    FactorsDisabled,
    /// Passkeys need a service with a domain name.
    PasskeysUnavailable,
    /// The principal must have a second factor, and has none or has not proved it in this session.
    MfaEnrolmentRequired,
}

/// Which state conflicts with the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictReason {
    /// It is the last admin who can sign in.
    LastAdmin,
    AlreadySuspended,
    NotSuspended,
    /// No address of the user is waiting to be confirmed.
    AlreadyVerified,
    /// Neither sign-ins to the account nor checks of its password are rate limited.
    NotRateLimited,
    /// Roles that are built in cannot be changed.
    BuiltInRole,
    /// Some user has the role.
    RoleInUse,
    /// There are as many roles as there can be.
    TooManyRoles,
    /// The user has as many valid API keys as a user can have.
    TooManyApiKeys,
    /// The user has as many factors as a user can have.
    TooManyFactors,
    /// The user has no factors.
    NoFactors,
    /// The user has no passkey.
    NoPasskeys,
    /// The authenticator app has been confirmed.
    AlreadyConfirmed,
    /// It is the last factor of a user who must have one.
    LastWayIn,
    /// The session is fresh.
    AlreadyFresh,
}

/// May `actor` do `action` on `resource` now?
pub fn may(actor: &Principal, action: Action, resource: &Resource<'_>) -> Decision {
    assured(actor, action, resource, in_scope(actor, action, resource))
}

/// The decision, which names the scope if that is all an API key lacks.
fn in_scope(actor: &Principal, action: Action, resource: &Resource<'_>) -> Decision {
    let decision = decide(actor, action, resource);
    match *actor {
        Principal::User(user) if decision == NO && matches!(user.means, Means::ApiKey { .. }) => {
            match decide(&Principal::User(user.in_a_session()), action, resource) {
                Decision::Forbid(_) | Decision::Unauthenticated => NO,
                Decision::Allow | Decision::StepUp { .. } | Decision::NotFound | Decision::Conflict(_) => {
                    Decision::Forbid(DenyReason::InsufficientScope)
                }
            }
        }
        _ => decision,
    }
}

/// May `actor` give a role with these rights to this user? The action [`Action::AssignRole`] must be allowed too.
pub fn may_give(actor: &Principal, role: Rights) -> bool {
    matches!(actor, Principal::User(user) if user.rights.cover(role))
}

/// May `actor` put these permissions into a role? The action that writes the role must be allowed too.
pub fn may_grant(actor: &Principal, permissions: PermissionSet) -> bool {
    may_give(actor, Rights::custom(permissions, false))
}

/// Whether [`may_give`] or [`may_grant`] decides about a value, after the action is allowed.
pub const fn judges_value(action: Action) -> bool {
    matches!(action, Action::AssignRole | Action::CreateRole | Action::UpdateRole)
}

/// May `actor` create an API key with this scope? The action [`Action::CreateApiKey`] must be allowed too.
pub fn may_give_to_key(actor: &Principal, scope: Scope) -> bool {
    let Principal::User(user) = actor else { return false };
    match scope {
        Scope::AccountRead => user.may_read_account(),
        Scope::AccountWrite => user.may_write_account(),
        Scope::Permission(permission) => user.has(permission),
    }
}

fn decide(actor: &Principal, action: Action, resource: &Resource<'_>) -> Decision {
    match *resource {
        Resource::Service { registration, factors } => on_service(actor, action, registration, factors),
        Resource::Registered { user, verified_email } => on_registered(actor, action, user, verified_email),
        Resource::Users => on_users(actor, action),
        Resource::User { id, user } => on_user(actor, action, id, user),
        Resource::Session { owner, session } => on_session(actor, action, owner, session),
        Resource::ApiKey { owner, key } => on_api_key(actor, action, owner, key),
        Resource::ApiKeys { owner, is_full } => on_api_keys(actor, action, owner, is_full),
        Resource::Factors { owner, user, support, is_full } => on_factors(actor, action, owner, user, support, is_full),
        Resource::Factor { owner, factor, support } => on_factor(actor, action, owner, factor, support),
        Resource::Roles { is_full } => on_roles(actor, action, is_full),
        Resource::Role { role } => on_role(actor, action, role),
    }
}

const NO: Decision = Decision::Forbid(DenyReason::NotAllowed);

const fn allow_if(entitled: bool) -> Decision {
    if entitled { Decision::Allow } else { NO }
}

//! The policy. Nothing else decides who may do what: requests, links, forms and writes all call [`may`].

use crate::{Role, Session, Status, User};
use uuid::Uuid;

/// Who makes the request, by the current state of the database. Suspended, deleted and signed-out users are anonymous.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    Anonymous,
    User(AuthenticatedUser),
}

/// A signed-in, active user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthenticatedUser {
    pub id: Uuid,
    pub session: Uuid,
    pub role: Role,
}

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
    /// Write the field `email` of a user.
    ChangeEmail,
    /// Write the field `role` of a user.
    AssignRole,
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
}

/// The target of an action, in its current state.
#[derive(Debug, Clone, Copy)]
pub enum Resource<'a> {
    /// The service as a whole.
    Service { registration: Registration },
    /// The user who has just registered, for the links in the response. With `verified_email`, signing in requires a
    /// verified address.
    Registered { user: &'a User, verified_email: bool },
    /// The collection of all users.
    Users,
    /// One user; `user` is `None` if the row does not exist.
    User { id: Uuid, user: Option<&'a User> },
    /// One session of a user; `session` is `None` if the row does not exist.
    Session { owner: Uuid, session: Option<&'a Session> },
}

impl Resource<'_> {
    /// The user who owns it, if there is one.
    pub fn owner(&self) -> Option<Uuid> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::Session { owner, .. } => Some(*owner),
            Self::Service { .. } | Self::Registered { .. } | Self::Users => None,
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
}

/// May `actor` do `action` on `resource` now?
pub fn may(actor: &Principal, action: Action, resource: &Resource<'_>) -> Decision {
    match *resource {
        Resource::Service { registration } => on_service(actor, action, registration),
        Resource::Registered { user, verified_email } => on_registered(actor, action, user, verified_email),
        Resource::Users => on_users(actor, action),
        Resource::User { id, user } => on_user(actor, action, id, user),
        Resource::Session { owner, session } => on_session(actor, action, owner, session),
    }
}

const NO: Decision = Decision::Forbid(DenyReason::NotAllowed);

fn on_service(actor: &Principal, action: Action, registration: Registration) -> Decision {
    match action {
        Action::ReadRoot
        | Action::ReadDocument
        | Action::IssueToken
        | Action::VerifyEmail
        | Action::RequestPasswordReset
        | Action::ResetPassword
        // Possession of a token is enough to revoke it.
        | Action::RevokeToken
        // The client has authenticated as a service before the policy is called.
        | Action::IntrospectToken => Decision::Allow,
        Action::Register => match registration {
            Registration::Open => Decision::Allow,
            Registration::Closed => Decision::Forbid(DenyReason::RegistrationClosed),
        },
        Action::ReadMe => match actor {
            Principal::Anonymous => Decision::Unauthenticated,
            Principal::User(_) => Decision::Allow,
        },
        Action::ListUsers | Action::ListAuditEvents => on_users(actor, action),
        Action::CreateUser
        | Action::ReadUser
        | Action::UpdateUser
        | Action::ChangeEmail
        | Action::AssignRole
        | Action::ProvePassword
        | Action::DeleteUser
        | Action::ChangePassword
        | Action::SuspendUser
        | Action::ReactivateUser
        | Action::LiftThrottle
        | Action::ListSessions
        | Action::RevokeSessions
        | Action::RevokeSession
        | Action::ListUserAuditEvents
        | Action::ExportUser
        | Action::SendPasswordReset => NO,
        Action::ResendVerification => match actor {
            Principal::Anonymous => Decision::Unauthenticated,
            Principal::User(_) => NO,
        },
    }
}

fn on_registered(actor: &Principal, action: Action, user: &User, verified_email: bool) -> Decision {
    match action {
        Action::IssueToken if verified_email && !user.email_verified => NO,
        _ => on_service(actor, action, Registration::Open),
    }
}

fn on_users(actor: &Principal, action: Action) -> Decision {
    match (actor, action) {
        (Principal::Anonymous, _) => Decision::Unauthenticated,
        (
            Principal::User(AuthenticatedUser { role: Role::Admin, .. }),
            Action::ListUsers | Action::ListAuditEvents | Action::CreateUser,
        ) => Decision::Allow,
        (Principal::User(_), _) => NO,
    }
}

fn on_user(actor: &Principal, action: Action, id: Uuid, user: Option<&User>) -> Decision {
    let Principal::User(caller) = actor else {
        return Decision::Unauthenticated;
    };
    let (is_self, is_admin) = (caller.id == id, caller.role == Role::Admin);
    let entitled = match action {
        Action::ReadUser
        | Action::UpdateUser
        | Action::ChangeEmail
        | Action::DeleteUser
        | Action::ListSessions
        | Action::RevokeSessions
        | Action::ListUserAuditEvents => is_self || is_admin,
        Action::ChangePassword | Action::ProvePassword | Action::ResendVerification | Action::ExportUser => is_self,
        Action::AssignRole
        | Action::ListUsers
        | Action::ListAuditEvents
        | Action::SendPasswordReset
        | Action::LiftThrottle => is_admin,
        Action::SuspendUser | Action::ReactivateUser => is_admin && !is_self,
        Action::ReadRoot
        | Action::ReadDocument
        | Action::Register
        | Action::IssueToken
        | Action::RevokeToken
        | Action::IntrospectToken
        | Action::ReadMe
        | Action::CreateUser
        // This is decided on the session.
        | Action::RevokeSession
        | Action::VerifyEmail
        | Action::RequestPasswordReset
        | Action::ResetPassword => false,
    };
    if !entitled {
        return NO;
    }
    let Some(user) = user else {
        return Decision::NotFound;
    };
    match action {
        Action::DeleteUser | Action::AssignRole | Action::SuspendUser if user.last_admin => {
            Decision::Conflict(ConflictReason::LastAdmin)
        }
        // The new address of another user is not verified. One's own is not used before it is verified.
        Action::ChangeEmail if user.last_verified_admin && !is_self => Decision::Conflict(ConflictReason::LastAdmin),
        // A link to choose a password is useless for a user who may not sign in.
        Action::SuspendUser | Action::SendPasswordReset if user.status == Status::Suspended => {
            Decision::Conflict(ConflictReason::AlreadySuspended)
        }
        Action::ReactivateUser if user.status == Status::Active => Decision::Conflict(ConflictReason::NotSuspended),
        Action::LiftThrottle if !user.rate_limited => Decision::Conflict(ConflictReason::NotRateLimited),
        Action::ResendVerification if user.email_verified && user.pending_email.is_none() => {
            Decision::Conflict(ConflictReason::AlreadyVerified)
        }
        _ => Decision::Allow,
    }
}

fn on_session(actor: &Principal, action: Action, owner: Uuid, session: Option<&Session>) -> Decision {
    let Principal::User(caller) = actor else {
        return Decision::Unauthenticated;
    };
    if action != Action::RevokeSession || !(caller.id == owner || caller.role == Role::Admin) {
        return NO;
    }
    match session {
        Some(_) => Decision::Allow,
        None => Decision::NotFound,
    }
}

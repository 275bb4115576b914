//! THE policy. Nothing else decides who may do what: requests, links, forms and writes all ask [`may`].

use crate::{Role, Session, Status, User};
use uuid::Uuid;

/// Who asks, as the database knows them at this moment. Suspended, deleted and signed-out users are never a member.
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

/// One for each thing that can be allowed. A field that only some may write is an action of its own.
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
    /// Write the field `role` of a user.
    AssignRole,
    /// Write the field `current_password` of an update, which one's own new e-mail address asks for.
    ProvePassword,
    DeleteUser,
    ChangePassword,
    SuspendUser,
    ReactivateUser,
    /// Have a user's failed sign-ins forgotten.
    LiftThrottle,
    ListSessions,
    RevokeSessions,
    RevokeSession,
    /// Have a link mailed that confirms one's own address.
    ResendVerification,
    /// Confirm an address with what was mailed to it. Whether the token is good is for the database to say.
    VerifyEmail,
    RequestPasswordReset,
    /// Choose a new password with what was mailed. Whether the token is good is for the database to say.
    ResetPassword,
    SendPasswordReset,
    ListAuditEvents,
    ListUserAuditEvents,
    /// Read everything that is kept about a user.
    ExportUser,
}

/// What is asked about, in the state it is in.
#[derive(Debug, Clone, Copy)]
pub enum Resource<'a> {
    /// The service as a whole.
    Service { registration: Registration },
    /// What somebody may do next who has just registered as this user; with `verified_email` nobody signs in before their
    /// address is verified.
    Registered { user: &'a User, verified_email: bool },
    /// The collection of all users.
    Users,
    /// One user; `user` is `None` where there is no such row.
    User { id: Uuid, user: Option<&'a User> },
    /// One session of a user; `session` is `None` where there is no such row.
    Session { owner: Uuid, session: Option<&'a Session> },
}

impl Resource<'_> {
    /// The user whose it is, where it is a user's.
    pub fn owner(&self) -> Option<Uuid> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::Session { owner, .. } => Some(*owner),
            Self::Service { .. } | Self::Registered { .. } | Self::Users => None,
        }
    }
}

/// Whether strangers may register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    Open,
    Closed,
}

/// The answer. Everything but [`Decision::Allow`] is a refusal, with what the caller may know of its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Allow,
    /// Nobody may; somebody might.
    Unauthenticated,
    /// This caller may not.
    Forbid(DenyReason),
    /// The caller might, but there is no such thing.
    NotFound,
    /// The caller might, but not in the state the thing is in.
    Conflict(ConflictReason),
}

/// Why a caller may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenyReason {
    NotAllowed,
    RegistrationClosed,
}

/// Which state is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictReason {
    /// It is the last admin who can sign in.
    LastAdmin,
    AlreadySuspended,
    NotSuspended,
    /// No address of the user's waits to be confirmed.
    AlreadyVerified,
    /// Neither sign-ins to the account nor proofs of its password are slowed.
    NotThrottled,
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
        // Who has a token may end what it is good for.
        | Action::RevokeToken
        // Who asks has proved to be a service before anything is decided.
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
    let Principal::User(member) = actor else {
        return Decision::Unauthenticated;
    };
    let (own, admin) = (member.id == id, member.role == Role::Admin);
    let entitled = match action {
        Action::ReadUser
        | Action::UpdateUser
        | Action::DeleteUser
        | Action::ListSessions
        | Action::RevokeSessions
        | Action::ListUserAuditEvents => own || admin,
        Action::ChangePassword | Action::ProvePassword | Action::ResendVerification | Action::ExportUser => own,
        Action::AssignRole
        | Action::ListUsers
        | Action::ListAuditEvents
        | Action::SendPasswordReset
        | Action::LiftThrottle => admin,
        Action::SuspendUser | Action::ReactivateUser => admin && !own,
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
        // A link to choose a password is of no use to somebody who may not sign in.
        Action::SuspendUser | Action::SendPasswordReset if user.status == Status::Suspended => {
            Decision::Conflict(ConflictReason::AlreadySuspended)
        }
        Action::ReactivateUser if user.status == Status::Active => Decision::Conflict(ConflictReason::NotSuspended),
        Action::LiftThrottle if !user.slowed => Decision::Conflict(ConflictReason::NotThrottled),
        Action::ResendVerification if user.email_verified && user.pending_email.is_none() => {
            Decision::Conflict(ConflictReason::AlreadyVerified)
        }
        _ => Decision::Allow,
    }
}

fn on_session(actor: &Principal, action: Action, owner: Uuid, session: Option<&Session>) -> Decision {
    let Principal::User(member) = actor else {
        return Decision::Unauthenticated;
    };
    if action != Action::RevokeSession || !(member.id == owner || member.role == Role::Admin) {
        return NO;
    }
    match session {
        Some(_) => Decision::Allow,
        None => Decision::NotFound,
    }
}

//! The policy. Nothing else decides who may do what: requests, links, forms and writes all call [`may`].

use crate::{ApiKey, Permission, PermissionSet, Rights, RoleDetails, Scope, ScopeSet, Session, Status, User};
use uuid::Uuid;

#[cfg(test)]
mod tests;

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
    pub means: Means,
    /// What the caller may do to others: what the role allows, and with a key only what its scopes allow too.
    pub rights: Rights,
}

/// What a caller is authenticated by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    Session(Uuid),
    ApiKey {
        id: Uuid,
        scopes: ScopeSet,
        /// What the role of the key's owner allows.
        owner: Rights,
    },
}

impl AuthenticatedUser {
    /// A user who has signed in.
    pub const fn by_session(id: Uuid, session: Uuid, rights: Rights) -> Self {
        Self { id, means: Means::Session(session), rights }
    }

    /// A script that uses a key. It never is an admin, whatever its owner is.
    pub const fn by_api_key(id: Uuid, key: Uuid, scopes: ScopeSet, owner: Rights) -> Self {
        let rights = Rights::custom(owner.permissions.intersection(scopes.permissions), false);
        Self { id, means: Means::ApiKey { id: key, scopes, owner }, rights }
    }

    /// A user who is authenticated by this means, and whose role allows this now.
    pub const fn by(id: Uuid, means: Means, role: Rights) -> Self {
        match means {
            Means::Session(session) => Self::by_session(id, session, role),
            Means::ApiKey { id: key, scopes, .. } => Self::by_api_key(id, key, scopes, role),
        }
    }

    /// The session of the request; `None` if it is made with a key.
    pub const fn session(&self) -> Option<Uuid> {
        match self.means {
            Means::Session(session) => Some(session),
            Means::ApiKey { .. } => None,
        }
    }

    /// The same caller, whose role now allows this.
    #[must_use]
    pub const fn with_role(self, role: Rights) -> Self {
        Self::by(self.id, self.means, role)
    }

    /// What the scopes of the key allow now: those that name no permission that its owner lacks. `None` without a key.
    pub const fn usable_scopes(&self) -> Option<ScopeSet> {
        match self.means {
            Means::Session(_) => None,
            Means::ApiKey { scopes, .. } => Some(ScopeSet { permissions: self.rights.permissions, ..scopes }),
        }
    }

    const fn has(&self, permission: Permission) -> bool {
        self.rights.permissions.contains(permission)
    }

    const fn may_read_account(&self) -> bool {
        match self.means {
            Means::Session(_) => true,
            Means::ApiKey { scopes, .. } => scopes.account_read,
        }
    }

    const fn may_write_account(&self) -> bool {
        match self.means {
            Means::Session(_) => true,
            Means::ApiKey { scopes, .. } => scopes.account_write,
        }
    }

    /// The same user in a session.
    const fn in_a_session(self) -> Self {
        match self.means {
            Means::Session(_) => self,
            Means::ApiKey { owner, .. } => Self::by_session(self.id, Uuid::nil(), owner),
        }
    }
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
    /// One API key of a user; `key` is `None` if the row does not exist.
    ApiKey { owner: Uuid, key: Option<&'a ApiKey> },
    /// The collection of all roles.
    Roles,
    /// One role; `None` if it does not exist.
    Role { role: Option<&'a RoleDetails> },
}

impl Resource<'_> {
    /// The user who owns it, if there is one.
    pub fn owner(&self) -> Option<Uuid> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::Session { owner, .. } | Self::ApiKey { owner, .. } => Some(*owner),
            Self::Service { .. } | Self::Registered { .. } | Self::Users | Self::Roles | Self::Role { .. } => None,
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
    /// The owner of the API key may do it in a session, the key may not.
    InsufficientScope,
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
}

/// May `actor` do `action` on `resource` now?
pub fn may(actor: &Principal, action: Action, resource: &Resource<'_>) -> Decision {
    let decision = decide(actor, action, resource);
    match *actor {
        Principal::User(user) if decision == NO && matches!(user.means, Means::ApiKey { .. }) => {
            match decide(&Principal::User(user.in_a_session()), action, resource) {
                Decision::Forbid(_) | Decision::Unauthenticated => NO,
                Decision::Allow | Decision::NotFound | Decision::Conflict(_) => {
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
        Resource::Service { registration } => on_service(actor, action, registration),
        Resource::Registered { user, verified_email } => on_registered(actor, action, user, verified_email),
        Resource::Users => on_users(actor, action),
        Resource::User { id, user } => on_user(actor, action, id, user),
        Resource::Session { owner, session } => on_session(actor, action, owner, session),
        Resource::ApiKey { owner, key } => on_api_key(actor, action, owner, key),
        Resource::Roles => on_roles(actor, action),
        Resource::Role { role } => on_role(actor, action, role),
    }
}

const NO: Decision = Decision::Forbid(DenyReason::NotAllowed);

const fn allow_if(entitled: bool) -> Decision {
    if entitled { Decision::Allow } else { NO }
}

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
            Principal::User(caller) => allow_if(caller.may_read_account()),
        },
        Action::ListUsers => on_users(actor, action),
        Action::ListRoles => on_roles(actor, action),
        Action::ListAuditEvents => match actor {
            Principal::Anonymous => Decision::Unauthenticated,
            Principal::User(caller) => allow_if(caller.has(Permission::AuditRead)),
        },
        Action::CreateUser
        | Action::ReadUser
        | Action::UpdateUser
        | Action::ChangeUsername
        | Action::ChangeEmail
        | Action::AssignRole
        | Action::ChooseInitialPassword
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
        | Action::SendPasswordReset
        | Action::ReadRole
        | Action::CreateRole
        | Action::UpdateRole
        | Action::ReserveRole
        | Action::DeleteRole
        | Action::ListApiKeys
        | Action::CreateApiKey
        | Action::ReadApiKey
        | Action::RevokeApiKey
        | Action::RevokeApiKeys => NO,
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
    let Principal::User(caller) = actor else {
        return Decision::Unauthenticated;
    };
    let permission = match action {
        Action::ListUsers => Permission::UsersRead,
        Action::CreateUser => Permission::UsersCreate,
        Action::AssignRole => Permission::UsersAssignRole,
        // Whoever chooses it can sign in as the new user, whose role may be given more permissions later.
        Action::ChooseInitialPassword => return allow_if(caller.rights.admin),
        _ => return NO,
    };
    allow_if(caller.has(permission))
}

fn on_user(actor: &Principal, action: Action, id: Uuid, user: Option<&User>) -> Decision {
    let Principal::User(caller) = actor else {
        return Decision::Unauthenticated;
    };
    let entitled = if caller.id == id { may_to_oneself(caller, action) } else { may_to_others(caller, action) };
    if !entitled {
        return NO;
    }
    let Some(user) = user else {
        return Decision::NotFound;
    };
    if caller.id != id && changes(action) && !caller.rights.cover(user.role.rights) {
        return NO;
    }
    match action {
        Action::DeleteUser | Action::AssignRole | Action::SuspendUser if user.last_admin => {
            Decision::Conflict(ConflictReason::LastAdmin)
        }
        // The new address of another user is not verified. One's own is not used before it is verified.
        Action::ChangeEmail if user.last_verified_admin && caller.id != id => {
            Decision::Conflict(ConflictReason::LastAdmin)
        }
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

/// May the caller do this to their own account? A key may do what `account.read` and `account.write` name, and nothing else.
fn may_to_oneself(caller: &AuthenticatedUser, action: Action) -> bool {
    let in_session = caller.session().is_some();
    match action {
        Action::ReadUser
        | Action::ListSessions
        | Action::ListUserAuditEvents
        | Action::ExportUser
        | Action::ListApiKeys => caller.may_read_account(),
        Action::UpdateUser | Action::ChangeUsername => caller.may_write_account(),
        Action::ChangeEmail
        | Action::ProvePassword
        | Action::DeleteUser
        | Action::ChangePassword
        | Action::RevokeSessions
        | Action::ResendVerification
        | Action::CreateApiKey
        | Action::RevokeApiKeys => in_session,
        Action::AssignRole | Action::SendPasswordReset | Action::LiftThrottle => {
            in_session && may_to_others(caller, action)
        }
        // These are about all users, and about a role.
        Action::ListUsers | Action::ListAuditEvents | Action::ReadRole => may_to_others(caller, action),
        Action::SuspendUser
        | Action::ReactivateUser
        | Action::ReadRoot
        | Action::ReadDocument
        | Action::Register
        | Action::IssueToken
        | Action::RevokeToken
        | Action::IntrospectToken
        | Action::ReadMe
        | Action::CreateUser
        | Action::ChooseInitialPassword
        | Action::VerifyEmail
        | Action::RequestPasswordReset
        | Action::ResetPassword
        | Action::ListRoles
        | Action::CreateRole
        | Action::UpdateRole
        | Action::ReserveRole
        | Action::DeleteRole
        // These are decided on the session and on the key.
        | Action::RevokeSession
        | Action::ReadApiKey
        | Action::RevokeApiKey => false,
    }
}

/// May the caller do this to another user whose role they are not below?
fn may_to_others(caller: &AuthenticatedUser, action: Action) -> bool {
    match action {
        Action::ReadUser | Action::ListUsers => caller.has(Permission::UsersRead),
        // The update is offered to those who may write one of its fields.
        Action::UpdateUser => caller.has(Permission::UsersUpdate) || caller.has(Permission::UsersAssignRole),
        Action::ChangeUsername | Action::ChangeEmail => caller.has(Permission::UsersUpdate),
        Action::AssignRole => caller.has(Permission::UsersAssignRole),
        Action::DeleteUser => caller.has(Permission::UsersDelete),
        Action::SuspendUser | Action::ReactivateUser => caller.has(Permission::UsersSuspend),
        Action::LiftThrottle => caller.has(Permission::UsersLiftThrottle),
        Action::SendPasswordReset => caller.has(Permission::UsersSendPasswordReset),
        Action::ListSessions => caller.has(Permission::SessionsRead),
        Action::RevokeSessions => caller.has(Permission::SessionsRevoke),
        Action::ListApiKeys => caller.has(Permission::ApiKeysRead),
        Action::RevokeApiKeys => caller.has(Permission::ApiKeysRevoke),
        Action::ListAuditEvents | Action::ListUserAuditEvents => caller.has(Permission::AuditRead),
        Action::ReadRole => caller.has(Permission::RolesRead),
        Action::ReadRoot
        | Action::ReadDocument
        | Action::Register
        | Action::IssueToken
        | Action::RevokeToken
        | Action::IntrospectToken
        | Action::ReadMe
        | Action::CreateUser
        | Action::ChooseInitialPassword
        | Action::ProvePassword
        | Action::ChangePassword
        | Action::ResendVerification
        | Action::VerifyEmail
        | Action::RequestPasswordReset
        | Action::ResetPassword
        | Action::ExportUser
        | Action::ListRoles
        | Action::CreateRole
        | Action::UpdateRole
        | Action::ReserveRole
        | Action::DeleteRole
        | Action::CreateApiKey
        // These are decided on the session and on the key.
        | Action::RevokeSession
        | Action::ReadApiKey
        | Action::RevokeApiKey => false,
    }
}

/// Whether the action changes a user or what is theirs. Reading is allowed upwards too.
fn changes(action: Action) -> bool {
    !matches!(
        action,
        Action::ReadUser
            | Action::ListUsers
            | Action::ListSessions
            | Action::ListApiKeys
            | Action::ReadApiKey
            | Action::ListAuditEvents
            | Action::ListUserAuditEvents
            | Action::ReadRole
    )
}

fn on_session(actor: &Principal, action: Action, owner: Uuid, session: Option<&Session>) -> Decision {
    let Principal::User(caller) = actor else {
        return Decision::Unauthenticated;
    };
    let entitled = match action {
        Action::RevokeSession if caller.id == owner => caller.session().is_some(),
        Action::RevokeSession => caller.has(Permission::SessionsRevoke),
        _ => false,
    };
    on_item(caller, action, owner, session.map(|session| session.owner), entitled)
}

fn on_api_key(actor: &Principal, action: Action, owner: Uuid, key: Option<&ApiKey>) -> Decision {
    let Principal::User(caller) = actor else {
        return Decision::Unauthenticated;
    };
    let entitled = match action {
        Action::ReadApiKey if caller.id == owner => caller.may_read_account(),
        Action::ReadApiKey => caller.has(Permission::ApiKeysRead),
        Action::RevokeApiKey if caller.id == owner => caller.session().is_some(),
        Action::RevokeApiKey => caller.has(Permission::ApiKeysRevoke),
        _ => false,
    };
    on_item(caller, action, owner, key.map(|key| key.owner), entitled)
}

/// Decides about something that belongs to a user; `rights` are those of its owner, `None` if it does not exist.
fn on_item(
    caller: &AuthenticatedUser,
    action: Action,
    owner: Uuid,
    rights: Option<Rights>,
    entitled: bool,
) -> Decision {
    match rights {
        _ if !entitled => NO,
        None => Decision::NotFound,
        Some(rights) if caller.id != owner && changes(action) => allow_if(caller.rights.cover(rights)),
        Some(_) => Decision::Allow,
    }
}

fn on_roles(actor: &Principal, action: Action) -> Decision {
    let Principal::User(caller) = actor else {
        return Decision::Unauthenticated;
    };
    match action {
        Action::ListRoles => allow_if(caller.has(Permission::RolesRead)),
        Action::CreateRole => allow_if(caller.has(Permission::RolesWrite)),
        Action::ReserveRole => allow_if(caller.rights.admin),
        _ => NO,
    }
}

fn on_role(actor: &Principal, action: Action, role: Option<&RoleDetails>) -> Decision {
    let Principal::User(caller) = actor else {
        return Decision::Unauthenticated;
    };
    let entitled = match action {
        Action::ReadRole => caller.has(Permission::RolesRead),
        Action::UpdateRole | Action::DeleteRole => caller.has(Permission::RolesWrite),
        Action::ReserveRole => caller.rights.admin,
        // The users who have the role.
        Action::ListUsers => caller.has(Permission::UsersRead),
        _ => false,
    };
    if !entitled {
        return NO;
    }
    let Some(details) = role else {
        return Decision::NotFound;
    };
    if matches!(action, Action::UpdateRole | Action::DeleteRole) && !caller.rights.cover(details.role.rights) {
        return NO;
    }
    match action {
        Action::UpdateRole | Action::DeleteRole if details.role.name.is_built_in() => {
            Decision::Conflict(ConflictReason::BuiltInRole)
        }
        Action::DeleteRole if details.users > 0 => Decision::Conflict(ConflictReason::RoleInUse),
        _ => Decision::Allow,
    }
}

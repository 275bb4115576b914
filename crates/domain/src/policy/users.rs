//! Decisions about users: oneself, others, and all of them.

use super::{Action, AuthenticatedUser, ConflictReason, Decision, NO, Principal, allow_if};
use crate::{Permission, PermissionSet, Status, User};
use uuid::Uuid;

pub(super) fn on_users(actor: &Principal, action: Action) -> Decision {
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

pub(super) fn on_user(actor: &Principal, action: Action, id: Uuid, user: Option<&User>) -> Decision {
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
    // Factors that protect permissions are removed only by somebody who has proved one of their own.
    if action == Action::ResetFactors
        && user.role.rights.permissions != PermissionSet::EMPTY
        && !caller.assurance.enrolled
    {
        return NO;
    }
    match action {
        Action::ResetFactors | Action::CreateRecoveryCodes if !user.has_factors => {
            Decision::Conflict(ConflictReason::NoFactors)
        }
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
        | Action::RevokeApiKeys
        | Action::ListFactors
        | Action::EnrolTotp
        | Action::CreatePasskeyOptions
        | Action::EnrolPasskey
        | Action::CreateRecoveryCodes => in_session,
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
        | Action::RevokeApiKey
        // These are decided on the factor.
        | Action::ReadFactor
        | Action::ConfirmTotp
        | Action::RenameFactor
        | Action::RemoveFactor
        | Action::ResetFactors
        | Action::StepUp
        | Action::ProveTotp
        | Action::ProveRecoveryCode
        | Action::ProvePasskey
        | Action::CreateStepUpOptions
        | Action::RequestPasskeySignIn
        | Action::ReadStatistics
        | Action::ListEvents => false,
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
        Action::ListFactors => caller.has(Permission::FactorsRead),
        // A key never counts as fresh.
        Action::ResetFactors => caller.session().is_some() && caller.has(Permission::FactorsReset),
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
        | Action::RevokeApiKey
        | Action::EnrolTotp
        | Action::CreatePasskeyOptions
        | Action::EnrolPasskey
        | Action::CreateRecoveryCodes
        // These are decided on the factor.
        | Action::ReadFactor
        | Action::ConfirmTotp
        | Action::RenameFactor
        | Action::RemoveFactor
        | Action::StepUp
        | Action::ProveTotp
        | Action::ProveRecoveryCode
        | Action::ProvePasskey
        | Action::CreateStepUpOptions
        | Action::RequestPasskeySignIn
        | Action::ReadStatistics
        | Action::ListEvents => false,
    }
}

/// Whether the action changes a user or what is theirs. Reading is allowed upwards too.
pub(super) fn changes(action: Action) -> bool {
    !matches!(
        action,
        Action::ReadUser
            | Action::ListUsers
            | Action::ListSessions
            | Action::ListApiKeys
            | Action::ReadApiKey
            | Action::ListFactors
            | Action::ReadFactor
            | Action::ListAuditEvents
            | Action::ListUserAuditEvents
            | Action::ReadRole
    )
}

//! Decisions about the service as a whole, and about a user who has just registered.

use super::{
    Action, Assurance, ConflictReason, Decision, DenyReason, NO, Principal, Registration, allow_if, roles::on_roles,
    users::on_users,
};
use crate::{FactorSupport, Permission, User};

pub(super) fn on_service(
    actor: &Principal,
    action: Action,
    registration: Registration,
    factors: FactorSupport,
) -> Decision {
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
        Action::ListRoles => on_roles(actor, action, false),
        Action::ListAuditEvents => match actor {
            Principal::Anonymous => Decision::Unauthenticated,
            Principal::User(caller) => allow_if(caller.has(Permission::AuditRead)),
        },
        Action::ReadStatistics => match actor {
            Principal::Anonymous => Decision::Unauthenticated,
            Principal::User(caller) => allow_if(caller.has(Permission::StatisticsRead)),
        },
        Action::ListEvents => match actor {
            Principal::Anonymous => Decision::Unauthenticated,
            Principal::User(caller) => allow_if(caller.has(Permission::EventsRead)),
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
        | Action::RevokeApiKeys
        | Action::ListFactors
        | Action::ReadFactor
        | Action::EnrolTotp
        | Action::ConfirmTotp
        | Action::CreatePasskeyOptions
        | Action::EnrolPasskey
        | Action::CreateRecoveryCodes
        | Action::RenameFactor
        | Action::RemoveFactor
        | Action::ResetFactors => NO,
        Action::StepUp => step_up(actor),
        Action::ProveTotp => prove(actor, |assurance| assurance.has_totp),
        Action::ProveRecoveryCode => prove(actor, |assurance| assurance.enrolled),
        Action::ProvePasskey => prove(actor, |assurance| assurance.has_passkeys),
        Action::CreateStepUpOptions => match (step_up(actor), actor) {
            (Decision::Allow | Decision::Conflict(_), _) if !factors.passkeys => {
                Decision::Forbid(DenyReason::PasskeysUnavailable)
            }
            (Decision::Allow, Principal::User(caller)) if !caller.assurance.has_passkeys => {
                Decision::Conflict(ConflictReason::NoPasskeys)
            }
            (decision, _) => decision,
        },
        Action::RequestPasskeySignIn if factors.passkeys => Decision::Allow,
        Action::RequestPasskeySignIn => Decision::Forbid(DenyReason::PasskeysUnavailable),
        Action::ResendVerification => match actor {
            Principal::Anonymous => Decision::Unauthenticated,
            Principal::User(_) => NO,
        },
    }
}

fn step_up(actor: &Principal) -> Decision {
    match actor {
        Principal::Anonymous => Decision::Unauthenticated,
        Principal::User(caller) if caller.session().is_none() => NO,
        Principal::User(caller) if caller.assurance.fresh => Decision::Conflict(ConflictReason::AlreadyFresh),
        Principal::User(_) => Decision::Allow,
    }
}

/// Decides about a field of a step-up that proves a factor: whether the caller has such a factor.
fn prove(actor: &Principal, has_it: fn(&Assurance) -> bool) -> Decision {
    match (step_up(actor), actor) {
        // Whether the session is fresh is decided about the operation.
        (Decision::Allow | Decision::Conflict(_), Principal::User(caller)) => {
            if has_it(&caller.assurance) {
                Decision::Allow
            } else {
                Decision::NotFound
            }
        }
        (refusal, _) => refusal,
    }
}

pub(super) fn on_registered(actor: &Principal, action: Action, user: &User, verified_email: bool) -> Decision {
    match action {
        Action::IssueToken if verified_email && !user.email_verified => NO,
        _ => on_service(actor, action, Registration::Open, FactorSupport::FULL),
    }
}

//! The contract, written by hand and not from the policy.

use super::{
    callers::Caller,
    targets::{Kind, Target},
};
use crate::{
    FactorSupport, FactorType,
    Permission::{self, *},
    PermissionSet, Rights,
    policy::{Action, Action::*, Assurance, ConflictReason, DenyReason, Registration, RequireMfa},
};

/// What an action on oneself, or on what is one's own, takes.
#[derive(Debug, Clone, Copy)]
enum Own {
    Never,
    /// A session: a key is not enough.
    Session,
    /// A session, or a key with `account.read`.
    Read,
    /// A session, or a key with `account.write`.
    Write,
    /// The permission that it takes on others, and a session.
    SessionAndPermission,
    /// The permission that it takes on others.
    Permission,
}

/// Whether an action changes its target, or only reads it. Reading is allowed upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Reads,
    Changes,
}
use Effect::{Changes, Reads};

type Row = (Action, Own, &'static [Permission], Effect);

/// Actions on a user: on oneself, and which permissions (any of them) they take on others.
const ON_USER: &[Row] = &[
    (ReadUser, Own::Read, &[UsersRead], Reads),
    (UpdateUser, Own::Write, &[UsersUpdate, UsersAssignRole], Changes),
    (ChangeUsername, Own::Write, &[UsersUpdate], Changes),
    (ChangeEmail, Own::Session, &[UsersUpdate], Changes),
    (AssignRole, Own::SessionAndPermission, &[UsersAssignRole], Changes),
    (ProvePassword, Own::Session, &[], Changes),
    (DeleteUser, Own::Session, &[UsersDelete], Changes),
    (ChangePassword, Own::Session, &[], Changes),
    (SuspendUser, Own::Never, &[UsersSuspend], Changes),
    (ReactivateUser, Own::Never, &[UsersSuspend], Changes),
    (LiftThrottle, Own::SessionAndPermission, &[UsersLiftThrottle], Changes),
    (SendPasswordReset, Own::SessionAndPermission, &[UsersSendPasswordReset], Changes),
    (ResendVerification, Own::Session, &[], Changes),
    (ListSessions, Own::Read, &[SessionsRead], Reads),
    (RevokeSessions, Own::Session, &[SessionsRevoke], Changes),
    (ListUserAuditEvents, Own::Read, &[AuditRead], Reads),
    (ExportUser, Own::Read, &[], Reads),
    (ListApiKeys, Own::Read, &[ApiKeysRead], Reads),
    (CreateApiKey, Own::Session, &[], Changes),
    (RevokeApiKeys, Own::Session, &[ApiKeysRevoke], Changes),
    (ListFactors, Own::Session, &[FactorsRead], Reads),
    (EnrolTotp, Own::Session, &[], Changes),
    (CreatePasskeyOptions, Own::Session, &[], Changes),
    (EnrolPasskey, Own::Session, &[], Changes),
    (CreateRecoveryCodes, Own::Session, &[], Changes),
    (ResetFactors, Own::Never, &[FactorsReset], Changes),
    // Links from a user to what is not about this user.
    (ListUsers, Own::Permission, &[UsersRead], Reads),
    (ListAuditEvents, Own::Permission, &[AuditRead], Reads),
    (ReadRole, Own::Permission, &[RolesRead], Reads),
];

const ON_SESSION: &[Row] = &[(RevokeSession, Own::Session, &[SessionsRevoke], Changes)];

const ON_FACTOR: &[Row] = &[
    (ReadFactor, Own::Session, &[FactorsRead], Reads),
    (ConfirmTotp, Own::Session, &[], Changes),
    (RenameFactor, Own::Session, &[], Changes),
    (RemoveFactor, Own::Session, &[], Changes),
];

/// Operations marked *fresh*, and creating an API key.
const FRESH: &[Action] = &[
    EnrolTotp,
    CreatePasskeyOptions,
    EnrolPasskey,
    CreateRecoveryCodes,
    RenameFactor,
    RemoveFactor,
    ResetFactors,
    CreateApiKey,
];
/// What those may still do to themselves who lack a required second factor.
const WITHOUT_REQUIRED_FACTOR: &[Action] = &[
    ReadMe,
    ReadUser,
    ListFactors,
    ReadFactor,
    ListSessions,
    ListUserAuditEvents,
    ExportUser,
    RevokeSession,
    RevokeSessions,
    StepUp,
    ProveTotp,
    ProveRecoveryCode,
    ProvePasskey,
    CreateStepUpOptions,
];
/// And those who have none.
const TO_GET_A_FACTOR: &[Action] = &[EnrolTotp, ConfirmTotp, CreatePasskeyOptions, EnrolPasskey];

const ON_API_KEY: &[Row] =
    &[(ReadApiKey, Own::Read, &[ApiKeysRead], Reads), (RevokeApiKey, Own::Session, &[ApiKeysRevoke], Changes)];

/// What takes a permission, wherever it is offered.
const ON_ALL_USERS: &[(Action, Permission)] =
    &[(ListUsers, UsersRead), (CreateUser, UsersCreate), (AssignRole, UsersAssignRole)];
const ON_ALL_ROLES: &[(Action, Permission)] = &[(ListRoles, RolesRead), (CreateRole, RolesWrite)];
const ON_ROLE: &[(Action, Permission, Effect)] = &[
    (ReadRole, RolesRead, Reads),
    (ListUsers, UsersRead, Reads),
    (UpdateRole, RolesWrite, Changes),
    (DeleteRole, RolesWrite, Changes),
];
const ON_SERVICE: &[(Action, Permission)] = &[
    (ListUsers, UsersRead),
    (ListRoles, RolesRead),
    (ListAuditEvents, AuditRead),
    (ReadStatistics, StatisticsRead),
    (ListEvents, EventsRead),
];
/// What anybody may do.
const FOR_EVERYBODY: &[Action] = &[
    ReadRoot,
    ReadDocument,
    IssueToken,
    RevokeToken,
    IntrospectToken,
    VerifyEmail,
    RequestPasswordReset,
    ResetPassword,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Allowed,
    Unauthenticated,
    Refused(DenyReason),
    /// The session must become fresh first.
    StepUpFirst {
        suffices: bool,
    },
    NotFound,
    Conflict(ConflictReason),
    /// The action does not exist there: refused, for any reason.
    Impossible,
}
use Expected::{Allowed, Conflict, Impossible, NotFound, Refused, StepUpFirst, Unauthenticated};

/// The decision that the contract demands.
pub fn expected(caller: &Caller, assurance: Assurance, action: Action, target: &Target) -> Expected {
    let decision = whatever_is_proved(caller, assurance, action, target);
    if !matches!(decision, Allowed | NotFound | Conflict(_)) {
        return decision;
    }
    let proved = assurance.enrolled && (assurance.second_factor || !caller.is_in_session());
    let is_own = target.is_own || matches!(target.kind, Kind::Service(..) | Kind::Registered { .. });
    let offered = caller.is_in_session()
        && is_own
        && (WITHOUT_REQUIRED_FACTOR.contains(&action) || TO_GET_A_FACTOR.contains(&action) && !assurance.enrolled)
        || plain(&Caller::Nobody, assurance, action, target) == Allowed;
    if must_have_factor(caller, assurance) && !proved && !offered {
        Refused(DenyReason::MfaEnrolmentRequired)
    } else if matches!(decision, Allowed | Conflict(_)) && FRESH.contains(&action) && !assurance.fresh {
        StepUpFirst { suffices: decision == Allowed }
    } else {
        decision
    }
}

fn must_have_factor(caller: &Caller, assurance: Assurance) -> bool {
    let rights = match caller {
        Caller::Nobody => return false,
        Caller::InSession(rights) | Caller::WithKey(rights, _) => rights,
    };
    match assurance.require {
        RequireMfa::Off => false,
        RequireMfa::Privileged => rights.admin || rights.permissions != PermissionSet::EMPTY,
        RequireMfa::All => true,
    }
}

fn whatever_is_proved(caller: &Caller, assurance: Assurance, action: Action, target: &Target) -> Expected {
    let decision = plain(caller, assurance, action, target);
    match caller.owner_in_session() {
        // Without the scope: if the owner may do it in a session.
        Some(owner) if decision == Refused(DenyReason::NotAllowed) => match plain(&owner, assurance, action, target) {
            Allowed | NotFound | Conflict(_) => Refused(DenyReason::InsufficientScope),
            _ => decision,
        },
        _ => decision,
    }
}

fn plain(caller: &Caller, assurance: Assurance, action: Action, target: &Target) -> Expected {
    match &target.kind {
        Kind::Service(registration, factors) => on_service(caller, assurance, action, *registration, *factors),
        Kind::Registered { verified_email, user } => match action {
            IssueToken if *verified_email && !user.email_verified => Refused(DenyReason::NotAllowed),
            _ => on_service(caller, assurance, action, Registration::Open, FactorSupport::FULL),
        },
        Kind::Users => one_of(caller, action, ON_ALL_USERS, ChooseInitialPassword),
        Kind::Roles { is_full } => match one_of(caller, action, ON_ALL_ROLES, ReserveRole) {
            Allowed if *is_full && action == CreateRole => Conflict(ConflictReason::TooManyRoles),
            found => found,
        },
        Kind::ApiKeys { owner, is_full } => {
            let found = owned(caller, assurance, action, target, ON_USER, Some(owner.role.rights));
            match conflict_of_user(action, owner, target.is_own) {
                _ if found != Allowed => found,
                _ if *is_full && action == CreateApiKey => Conflict(ConflictReason::TooManyApiKeys),
                conflict => conflict.map_or(Allowed, Conflict),
            }
        }
        Kind::User(user) => {
            let found = owned(caller, assurance, action, target, ON_USER, user.as_ref().map(|user| user.role.rights));
            match user {
                Some(user) if found == Allowed => {
                    conflict_of_user(action, user, target.is_own).map_or(Allowed, Conflict)
                }
                _ => found,
            }
        }
        Kind::Factors { user, support, is_full } => {
            let found = owned(caller, assurance, action, target, ON_USER, user.as_ref().map(|user| user.role.rights));
            let Some(user) = user.as_ref().filter(|_| found == Allowed) else { return found };
            let enrols = [EnrolTotp, CreatePasskeyOptions, EnrolPasskey].contains(&action);
            match conflict_of_user(action, user, target.is_own) {
                Some(conflict) => Conflict(conflict),
                None if enrols && !support.enrolment => Refused(DenyReason::FactorsDisabled),
                None if enrols && action != EnrolTotp && !support.passkeys => Refused(DenyReason::PasskeysUnavailable),
                None if enrols && *is_full => Conflict(ConflictReason::TooManyFactors),
                None => Allowed,
            }
        }
        Kind::Factor(factor, support) => {
            let found = owned(caller, assurance, action, target, ON_FACTOR, factor.as_ref().map(|factor| factor.owner));
            let Some(factor) = factor.as_ref().filter(|_| found == Allowed) else { return found };
            match (action, factor.kind) {
                (RenameFactor | RemoveFactor | ConfirmTotp, FactorType::RecoveryCodes)
                | (ConfirmTotp, FactorType::Passkey) => Refused(DenyReason::NotAllowed),
                (ConfirmTotp, _) if !support.enrolment => Refused(DenyReason::FactorsDisabled),
                (ConfirmTotp, _) if factor.confirmed => Conflict(ConflictReason::AlreadyConfirmed),
                (RemoveFactor, _) if factor.is_last && must_have_factor(caller, assurance) => {
                    Conflict(ConflictReason::LastWayIn)
                }
                _ => Allowed,
            }
        }
        Kind::Session(session) => {
            owned(caller, assurance, action, target, ON_SESSION, session.as_ref().map(|session| session.owner))
        }
        Kind::ApiKey(key) => owned(caller, assurance, action, target, ON_API_KEY, key.as_ref().map(|key| key.owner)),
        Kind::Role(role) => {
            let effect = match ON_ROLE.iter().find(|(found, ..)| *found == action) {
                _ if caller.is_nobody() => return Unauthenticated,
                None if action == ReserveRole && caller.is_admin() => Reads,
                None if action == ReserveRole => return Refused(DenyReason::NotAllowed),
                None => return Impossible,
                Some((_, permission, _)) if !caller.has(*permission) => return Refused(DenyReason::NotAllowed),
                Some((.., effect)) => *effect,
            };
            let Some(role) = role else { return NotFound };
            if effect == Changes && !is_at_least(caller, role.role.rights) {
                return Refused(DenyReason::NotAllowed);
            }
            match action {
                UpdateRole | DeleteRole if ["admin", "user"].contains(&role.role.name.as_str()) => {
                    Conflict(ConflictReason::BuiltInRole)
                }
                DeleteRole if role.users != 0 => Conflict(ConflictReason::RoleInUse),
                _ => Allowed,
            }
        }
    }
}

/// Nobody may act on, or give, what holds more than they do.
pub fn is_at_least(caller: &Caller, other: Rights) -> bool {
    if caller.is_admin() {
        return true;
    }
    let lacks = |permission: &Permission| other.permissions.contains(*permission) && !caller.has(*permission);
    !(other.admin || other.reserved || Permission::ALL.iter().any(lacks))
}

fn on_service(
    caller: &Caller,
    assurance: Assurance,
    action: Action,
    registration: Registration,
    factors: FactorSupport,
) -> Expected {
    match action {
        RequestPasskeySignIn if factors.passkeys => Allowed,
        RequestPasskeySignIn => Refused(DenyReason::PasskeysUnavailable),
        StepUp | ProveTotp | ProveRecoveryCode | ProvePasskey | CreateStepUpOptions if caller.is_nobody() => {
            Unauthenticated
        }
        StepUp | ProveTotp | ProveRecoveryCode | ProvePasskey | CreateStepUpOptions if !caller.is_in_session() => {
            Refused(DenyReason::NotAllowed)
        }
        ProveTotp if !assurance.has_totp => NotFound,
        ProveRecoveryCode if !assurance.enrolled => NotFound,
        ProvePasskey if !assurance.has_passkeys => NotFound,
        CreateStepUpOptions if !factors.passkeys => Refused(DenyReason::PasskeysUnavailable),
        StepUp | CreateStepUpOptions if assurance.fresh => Conflict(ConflictReason::AlreadyFresh),
        CreateStepUpOptions if !assurance.has_passkeys => Conflict(ConflictReason::NoPasskeys),
        Register if registration == Registration::Closed => Refused(DenyReason::RegistrationClosed),
        StepUp | ProveTotp | ProveRecoveryCode | ProvePasskey | CreateStepUpOptions | Register => Allowed,
        action if FOR_EVERYBODY.contains(&action) => Allowed,
        ReadMe if caller.is_nobody() => Unauthenticated,
        ReadMe => if_so(caller.may_read_account()),
        _ => match ON_SERVICE.iter().find(|(found, _)| *found == action) {
            Some(_) if caller.is_nobody() => Unauthenticated,
            Some((_, permission)) => if_so(caller.has(*permission)),
            None => Impossible,
        },
    }
}

fn one_of(caller: &Caller, action: Action, rows: &[(Action, Permission)], for_admins: Action) -> Expected {
    match rows.iter().find(|(found, _)| *found == action) {
        _ if caller.is_nobody() => Unauthenticated,
        Some((_, permission)) => if_so(caller.has(*permission)),
        None if action == for_admins => if_so(caller.is_admin()),
        None => Impossible,
    }
}

fn owned(
    caller: &Caller,
    assurance: Assurance,
    action: Action,
    target: &Target,
    rows: &[Row],
    owner: Option<Rights>,
) -> Expected {
    if caller.is_nobody() {
        return Unauthenticated;
    }
    let Some((_, own, permissions, effect)) = rows.iter().find(|(found, ..)| *found == action) else {
        return Impossible;
    };
    // What is fresh is never for a key.
    let permitted = permissions.iter().any(|permission| caller.has(*permission))
        && (caller.is_in_session() || !FRESH.contains(&action));
    let is_own = target.is_own;
    let entitled = match own {
        _ if !is_own => permitted,
        Own::Never => false,
        Own::Session => caller.is_in_session(),
        Own::Read => caller.may_read_account(),
        Own::Write => caller.may_write_account(),
        Own::SessionAndPermission => caller.is_in_session() && permitted,
        Own::Permission => permitted,
    };
    match owner {
        _ if !entitled => Refused(DenyReason::NotAllowed),
        None => NotFound,
        // The factors of somebody with a permission are reset by somebody with a second factor only.
        Some(owner) if action == ResetFactors && owner.permissions != PermissionSet::EMPTY && !assurance.enrolled => {
            Refused(DenyReason::NotAllowed)
        }
        Some(owner) if !is_own && *effect == Changes => if_so(is_at_least(caller, owner)),
        Some(_) => Allowed,
    }
}

fn conflict_of_user(action: Action, user: &crate::User, is_own: bool) -> Option<ConflictReason> {
    let suspended = user.status == crate::Status::Suspended;
    match action {
        DeleteUser | AssignRole | SuspendUser if user.last_admin => Some(ConflictReason::LastAdmin),
        ChangeEmail if user.last_verified_admin && !is_own => Some(ConflictReason::LastAdmin),
        ResetFactors | CreateRecoveryCodes if !user.has_factors => Some(ConflictReason::NoFactors),
        SuspendUser | SendPasswordReset if suspended => Some(ConflictReason::AlreadySuspended),
        ReactivateUser if !suspended => Some(ConflictReason::NotSuspended),
        LiftThrottle if !user.rate_limited => Some(ConflictReason::NotRateLimited),
        ResendVerification if user.email_verified && user.pending_email.is_none() => {
            Some(ConflictReason::AlreadyVerified)
        }
        _ => None,
    }
}

fn if_so(so: bool) -> Expected {
    if so { Allowed } else { Refused(DenyReason::NotAllowed) }
}

//! Each decision, compared with the one that the contract demands.

use super::{
    callers::{Caller, Numbers, callers, permission_sets},
    oracle::{Expected, expected, is_at_least},
    targets::targets,
};
use crate::{
    Permission, PermissionSet, Rights,
    policy::{Action, Assurance, Decision, Principal, RequireMfa, may, may_give, may_grant},
};

/// Every action, in the order of the enum.
pub const ACTIONS: &[Action] = &[
    Action::ReadRoot,
    Action::ReadDocument,
    Action::Register,
    Action::IssueToken,
    Action::RevokeToken,
    Action::IntrospectToken,
    Action::ReadMe,
    Action::ListUsers,
    Action::CreateUser,
    Action::ReadUser,
    Action::UpdateUser,
    Action::ChangeUsername,
    Action::ChangeEmail,
    Action::AssignRole,
    Action::ChooseInitialPassword,
    Action::ProvePassword,
    Action::DeleteUser,
    Action::ChangePassword,
    Action::SuspendUser,
    Action::ReactivateUser,
    Action::LiftThrottle,
    Action::ListSessions,
    Action::RevokeSessions,
    Action::RevokeSession,
    Action::ResendVerification,
    Action::VerifyEmail,
    Action::RequestPasswordReset,
    Action::ResetPassword,
    Action::SendPasswordReset,
    Action::ListAuditEvents,
    Action::ListUserAuditEvents,
    Action::ExportUser,
    Action::ListRoles,
    Action::ReadRole,
    Action::CreateRole,
    Action::UpdateRole,
    Action::ReserveRole,
    Action::DeleteRole,
    Action::ListApiKeys,
    Action::CreateApiKey,
    Action::ReadApiKey,
    Action::RevokeApiKey,
    Action::RevokeApiKeys,
    Action::ListFactors,
    Action::ReadFactor,
    Action::EnrolTotp,
    Action::ConfirmTotp,
    Action::CreatePasskeyOptions,
    Action::EnrolPasskey,
    Action::CreateRecoveryCodes,
    Action::RenameFactor,
    Action::RemoveFactor,
    Action::ResetFactors,
    Action::StepUp,
    Action::ProveTotp,
    Action::ProveRecoveryCode,
    Action::ProvePasskey,
    Action::CreateStepUpOptions,
    Action::RequestPasskeySignIn,
    Action::ReadStatistics,
    Action::ListEvents,
];

#[test]
fn every_action_is_listed_once() {
    for (at, action) in ACTIONS.iter().enumerate() {
        assert_eq!(*action as usize, at, "{action:?}");
    }
    assert_eq!(ACTIONS.len(), Action::ListEvents as usize + 1);
}

/// The rights of the caller's role.
pub fn rights_of(caller: &Caller) -> Rights {
    match caller {
        Caller::Nobody => Rights::NONE,
        Caller::InSession(rights) | Caller::WithKey(rights, _) => *rights,
    }
}

/// Fails unless each decision about these callers is the one that the contract demands. Returns how many there were, and how
/// many of them allowed.
fn compare(callers: &[Caller], numbers: &mut Numbers, assurances: &[Assurance]) -> (usize, usize) {
    let (mut triples, mut allowed) = (0, 0);
    for caller in callers {
        let targets = targets(rights_of(caller), numbers.set());
        for assurance in assurances {
            let principal = caller.principal(*assurance);
            // What a key has proved is less than what it is told.
            let proved = match principal {
                Principal::User(user) => user.assurance,
                Principal::Anonymous => *assurance,
            };
            for target in &targets {
                let resource = target.resource();
                for action in ACTIONS {
                    let decision = may(&principal, *action, &resource);
                    let wanted = expected(caller, proved, *action, target);
                    let right = match wanted {
                        Expected::Allowed => decision == Decision::Allow,
                        Expected::Unauthenticated => decision == Decision::Unauthenticated,
                        Expected::Refused(reason) => decision == Decision::Forbid(reason),
                        Expected::StepUpFirst { suffices: wanted } => {
                            matches!(decision, Decision::StepUp { suffices, .. } if suffices == wanted)
                        }
                        Expected::NotFound => decision == Decision::NotFound,
                        Expected::Conflict(reason) => decision == Decision::Conflict(reason),
                        Expected::Impossible => matches!(decision, Decision::Forbid(_) | Decision::Unauthenticated),
                    };
                    assert!(right, "{caller:?} {proved:?} {action:?} {target:?}: {decision:?}, not {wanted:?}");
                    triples += 1;
                    allowed += usize::from(decision == Decision::Allow);
                }
            }
        }
    }
    (triples, allowed)
}

#[test]
fn every_decision_is_the_one_of_the_contract() {
    let mut numbers = Numbers::new();
    let sets = permission_sets(&mut numbers);
    let callers = callers(&sets, &mut numbers);
    let distinct: std::collections::HashSet<_> = callers.iter().map(Caller::permissions).collect();
    let (triples, allowed) = compare(&callers, &mut numbers, &[Assurance::FRESH]);
    println!(
        "{triples} decisions about {} callers with {} different sets of permissions, {allowed} of them allowed",
        callers.len(),
        distinct.len()
    );
}

#[test]
fn every_decision_about_callers_who_have_proved_more_or_less_is_the_one_of_the_contract() {
    let mut numbers = Numbers::new();
    let sets = [
        PermissionSet::EMPTY,
        PermissionSet::ALL,
        PermissionSet::of(&[Permission::UsersRead, Permission::FactorsReset]),
        PermissionSet::of(&[Permission::FactorsReset]),
        numbers.set(),
        numbers.set(),
    ];
    let callers = callers(&sets, &mut numbers);
    let mut assurances = Vec::new();
    for require in RequireMfa::ALL {
        for bits in 0..8 {
            let [fresh, second_factor, enrolled] = [1, 2, 4].map(|bit| bits & bit != 0);
            for (has_totp, has_passkeys) in [(false, false), (false, true), (true, false), (true, true)] {
                if enrolled || !(has_totp || has_passkeys) {
                    let proved = Assurance { fresh, second_factor, ..Assurance::FRESH };
                    assurances.push(Assurance { enrolled, has_totp, has_passkeys, require: *require, ..proved });
                }
            }
        }
    }
    let (triples, allowed) = compare(&callers, &mut numbers, &assurances);
    println!("{triples} decisions about {} callers, {allowed} of them allowed", callers.len());
}

#[test]
fn nobody_gives_a_role_or_grants_permissions_with_more_than_they_have() {
    let mut numbers = Numbers::new();
    let sets = permission_sets(&mut numbers);
    for caller in callers(&sets, &mut numbers) {
        let principal = caller.principal(Assurance::FRESH);
        let held = rights_of(&caller).permissions;
        for _ in 0..8 {
            let random = numbers.set();
            for permissions in [random, held, held.intersection(random), held.union(random)] {
                for role in [false, true].map(|reserved| Rights::custom(permissions, reserved)) {
                    let wanted = !caller.is_nobody() && is_at_least(&caller, role);
                    assert_eq!(may_give(&principal, role), wanted, "{caller:?} gives {role:?}");
                }
                let wanted = !caller.is_nobody() && is_at_least(&caller, Rights::custom(permissions, false));
                assert_eq!(may_grant(&principal, permissions), wanted, "{caller:?} grants {permissions:?}");
            }
        }
        assert_eq!(may_give(&principal, Rights::ADMIN), caller.is_admin(), "{caller:?} gives admin");
        assert_eq!(may_give(&principal, Rights::NONE), !caller.is_nobody(), "{caller:?} gives user");
    }
}

//! What the policy can decide about an operation, for any caller and any state of its target.

use crate::operation::{Authentication, OperationSpec};
use chrono::TimeDelta;
use usher_domain::{
    PermissionSet, Rights, Scope, ScopeSet,
    policy::{
        self, Assurance, AuthenticatedUser, ConflictReason, Decision, DenyReason, Principal, RequireMfa, Resource,
    },
};
use uuid::Uuid;

const ADMIN: Principal =
    Principal::User(AuthenticatedUser::by_session(Uuid::nil(), Uuid::nil(), Rights::ADMIN, Assurance::FRESH));

/// Everything that the policy distinguishes in what a user has proved.
const ASSURANCES: [Assurance; 6] = [
    Assurance::FRESH,
    Assurance::STALE,
    Assurance { enrolled: true, has_totp: true, has_passkeys: true, ..Assurance::STALE },
    Assurance { second_factor: true, enrolled: true, ..Assurance::FRESH },
    Assurance { require: RequireMfa::All, ..Assurance::FRESH },
    Assurance { second_factor: true, enrolled: true, require: RequireMfa::All, ..Assurance::FRESH },
];

/// Whether an administrator finds this operation linked on a target that is not their own, in its usual state.
pub fn admin_may(spec: &OperationSpec) -> bool {
    if spec.on_caller {
        return false;
    }
    let mut first = None;
    (spec.target_states)(&mut |resource| {
        first.get_or_insert_with(|| policy::may(&ADMIN, spec.action, resource) == Decision::Allow);
    });
    first.unwrap_or_default()
}

pub struct Decisions {
    /// Whether the operation is allowed.
    operation: Vec<Decision>,
    /// Whether those of its fields may be written that need permission for an action of their own.
    fields: Vec<Decision>,
}

impl Decisions {
    pub fn of(spec: &OperationSpec) -> Self {
        let mut decisions = Self { operation: Vec::new(), fields: Vec::new() };
        (spec.target_states)(&mut |resource| {
            for principal in principals(spec, resource) {
                decisions.operation.push(policy::may(&principal, spec.action, resource));
                let fields =
                    spec.field_permissions.iter().map(|(_, action)| policy::may(&principal, *action, resource));
                decisions.fields.extend(fields);
            }
        });
        decisions
    }

    /// Whether the target may not exist.
    pub fn can_miss(&self) -> bool {
        self.operation.contains(&Decision::NotFound)
    }

    /// The reasons for which it can be refused to an authenticated caller; each once.
    pub fn refusals(&self) -> impl Iterator<Item = DenyReason> {
        [
            DenyReason::NotAllowed,
            DenyReason::RegistrationClosed,
            DenyReason::InsufficientScope,
            DenyReason::FactorsDisabled,
            DenyReason::PasskeysUnavailable,
            DenyReason::MfaEnrolmentRequired,
        ]
        .into_iter()
        .filter(|reason| self.operation.contains(&Decision::Forbid(*reason)))
    }

    /// Whether the caller may have to prove again who they are; within which time.
    pub fn step_up(&self) -> Option<TimeDelta> {
        self.operation.iter().find_map(|decision| match decision {
            Decision::StepUp { fresh_for, .. } => Some(*fresh_for),
            _ => None,
        })
    }

    /// The states that can conflict with it; each once.
    pub fn obstacles(&self) -> Vec<ConflictReason> {
        let mut obstacles = Vec::new();
        for decision in self.operation.iter().chain(&self.fields) {
            if let Decision::Conflict(obstacle) = decision
                && !obstacles.contains(obstacle)
            {
                obstacles.push(*obstacle);
            }
        }
        obstacles
    }
}

/// Every caller that the policy distinguishes.
fn principals(spec: &OperationSpec, resource: &Resource<'_>) -> Vec<Principal> {
    let all_rights = [Rights::ADMIN, Rights::NONE, Rights::custom(PermissionSet::ALL, false)];
    let user =
        |rights, id, assurance| Principal::User(AuthenticatedUser::by_session(id, Uuid::nil(), rights, assurance));
    let owner = resource.owner();
    let ids = owner.into_iter().chain((!spec.on_caller).then_some(Uuid::nil())).collect::<Vec<_>>();
    let users = ASSURANCES.into_iter().flat_map(|assurance| {
        all_rights.into_iter().flat_map({
            let ids = &ids;
            move |rights| ids.iter().map(move |id| user(rights, *id, assurance))
        })
    });
    let key = |scopes, id| {
        Principal::User(AuthenticatedUser::by_api_key(id, Uuid::nil(), scopes, Rights::ADMIN, Assurance::STALE))
    };
    let all_scopes = [ScopeSet::default(), ScopeSet::from_names(Scope::NAMES.iter().copied())];
    let keys = all_scopes.into_iter().flat_map(|scopes| ids.iter().map(move |id| key(scopes, *id)));
    let users = users.chain(keys);
    match spec.authentication {
        Authentication::None | Authentication::Client => vec![Principal::Anonymous],
        Authentication::Optional => users.chain([Principal::Anonymous]).collect(),
        Authentication::Required => users.collect(),
    }
}

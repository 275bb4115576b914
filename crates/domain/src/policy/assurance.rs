//! What callers must have proved: decided after everything else.

use super::{Action, AuthenticatedUser, Decision, DenyReason, Principal, Resource, decide};
use crate::{PermissionSet, named_enum};
use chrono::TimeDelta;

named_enum! {
    /// Who must have a second factor.
    pub enum RequireMfa {
        Off = "off",
        /// Users whose role has a permission.
        Privileged = "privileged",
        All = "all",
    }
}

/// What a caller has proved, and what the operator requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that the policy asks for")]
pub struct Assurance {
    /// Whether the session is fresh: all that a sign-in would ask for now was proved in it not long ago.
    pub fresh: bool,
    /// Whether a second factor was proved in the session.
    pub second_factor: bool,
    /// Whether the user has a second factor.
    pub enrolled: bool,
    /// Whether one of them is an authenticator app.
    pub has_totp: bool,
    /// Whether one of them is a passkey for the domain of the service.
    pub has_passkeys: bool,
    pub require: RequireMfa,
    /// How long a session is fresh.
    pub fresh_for: TimeDelta,
}

impl Assurance {
    /// A user without a second factor who has just signed in, where nobody needs one.
    pub const FRESH: Self = Self {
        fresh: true,
        second_factor: false,
        enrolled: false,
        has_totp: false,
        has_passkeys: false,
        require: RequireMfa::Off,
        fresh_for: TimeDelta::minutes(15),
    };
    /// The same, a while later.
    pub const STALE: Self = Self { fresh: false, ..Self::FRESH };
}

impl AuthenticatedUser {
    /// Whether the operator requires a second factor of this user.
    pub(super) fn must_have_second_factor(&self) -> bool {
        match self.assurance.require {
            RequireMfa::Off => false,
            RequireMfa::Privileged => self.role_rights().permissions != PermissionSet::EMPTY,
            RequireMfa::All => true,
        }
    }

    /// Whether a required second factor is missing: the user has none, or has not proved it in the session. A key stands
    /// for a user who has one.
    pub(super) fn lacks_second_factor(&self) -> bool {
        let has_proved_it = self.assurance.second_factor || self.session().is_none();
        self.must_have_second_factor() && !(self.assurance.enrolled && has_proved_it)
    }
}

/// The decision, as far as it depends on what the caller has proved. `decision` is the one that does not.
pub(super) fn assured(actor: &Principal, action: Action, resource: &Resource<'_>, decision: Decision) -> Decision {
    let Principal::User(caller) = actor else { return decision };
    match decision {
        Decision::Unauthenticated | Decision::Forbid(_) | Decision::StepUp { .. } => decision,
        _ if caller.lacks_second_factor() && !is_offered_without(caller, action, resource) => {
            Decision::Forbid(DenyReason::MfaEnrolmentRequired)
        }
        Decision::Allow | Decision::Conflict(_) if needs_freshness(action) && !caller.assurance.fresh => {
            Decision::StepUp { fresh_for: caller.assurance.fresh_for, suffices: decision == Decision::Allow }
        }
        Decision::Allow | Decision::NotFound | Decision::Conflict(_) => decision,
    }
}

/// Whether the action is marked *fresh*.
const fn needs_freshness(action: Action) -> bool {
    matches!(
        action,
        Action::EnrolTotp
            | Action::CreatePasskeyOptions
            | Action::EnrolPasskey
            | Action::CreateRecoveryCodes
            | Action::RenameFactor
            | Action::RemoveFactor
            | Action::ResetFactors
            | Action::CreateApiKey
    )
}

/// Whether a caller who lacks a required second factor may do this: what everybody may, and in a session also reading
/// oneself, ending one's sessions, and getting the second factor or proving it.
fn is_offered_without(caller: &AuthenticatedUser, action: Action, resource: &Resource<'_>) -> bool {
    let is_own = resource.owner().is_none_or(|owner| owner == caller.id);
    let is_offered = match action {
        Action::ReadMe
        | Action::ReadUser
        | Action::ListFactors
        | Action::ReadFactor
        | Action::ListSessions
        | Action::ListUserAuditEvents
        | Action::ExportUser
        | Action::RevokeSession
        | Action::RevokeSessions
        | Action::StepUp
        | Action::ProveTotp
        | Action::ProveRecoveryCode
        | Action::ProvePasskey
        | Action::CreateStepUpOptions => true,
        Action::EnrolTotp | Action::ConfirmTotp | Action::CreatePasskeyOptions | Action::EnrolPasskey => {
            !caller.assurance.enrolled
        }
        _ => false,
    };
    caller.session().is_some() && is_own && is_offered
        || decide(&Principal::Anonymous, action, resource) == Decision::Allow
}

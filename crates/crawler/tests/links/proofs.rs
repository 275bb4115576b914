//! What an operation takes beside the right to it: that the session is fresh, and that a required second factor is there. Written
//! by hand, from the contract and not from the code.

use crate::{
    facts::{Facts, Identity},
    policy_table::{Line, Outcome},
    resource::Parameters,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use usher_domain::policy::RequireMfa;

/// The operations that take a fresh session.
const FRESH: &[&str] = &[
    "create_api_key",
    "enrol_totp",
    "passkey_creation_options",
    "enrol_passkey",
    "create_recovery_codes",
    "rename_factor",
    "remove_factor",
    "reset_factors",
];
/// What a session may do to its own user while a required second factor is missing, beside what anybody may.
const WITHOUT_REQUIRED_FACTOR: &[&str] = &[
    "get_me",
    "get_user",
    "export_user",
    "list_factors",
    "get_factor",
    "list_sessions",
    "list_user_audit_events",
    "revoke_session",
    "revoke_sessions",
    "step_up",
    "step_up_options",
];
/// The same, while the user has no factor.
const TO_GET_A_FACTOR: &[&str] = &["enrol_totp", "confirm_totp", "passkey_creation_options", "enrol_passkey"];

/// How long a session is fresh.
const FRESH_FOR: TimeDelta = TimeDelta::minutes(15);
/// The bits of methods in a session's row.
const PASSWORD: i64 = 1;
const SECOND_FACTOR: i64 = 32;

/// What was proved in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proofs {
    /// Whether all that a sign-in would ask for now was proved not long ago.
    pub fresh: bool,
    pub second_factor: bool,
}

impl Proofs {
    /// Those of a session, whose user has a factor or not.
    pub fn of(session: &Value, has_factors: bool, now: DateTime<Utc>) -> Self {
        let methods = session["methods"].as_i64().unwrap();
        let asked = if has_factors { SECOND_FACTOR } else { PASSWORD };
        let at = [&session["authenticated_at"], &session["created_at"]].into_iter().find_map(Value::as_str).unwrap();
        let is_recent = now - at.parse::<DateTime<Utc>>().unwrap() < FRESH_FOR;
        Self { fresh: methods & asked != 0 && is_recent, second_factor: methods & SECOND_FACTOR != 0 }
    }
}

impl Facts {
    /// The outcome of a request, if that is the outcome whatever was proved.
    pub fn outcome_by_proofs(
        &self,
        line: &Line,
        identity: &Identity,
        parameters: &Parameters,
        outcome: Outcome,
    ) -> Outcome {
        let is_lasting = matches!(outcome, Outcome::Refused { status: 401 | 403, .. });
        let is_missing = matches!(outcome, Outcome::Refused { status: 404, .. });
        if is_lasting {
            outcome
        } else if self.lacks_required_factor(identity) && !self.is_offered_without_factor(line, identity, parameters) {
            Outcome::refused(403, "mfa_enrolment_required")
        } else if !is_missing && FRESH.contains(&line.name.as_str()) && !identity.proofs().fresh {
            Outcome::stale()
        } else {
            outcome
        }
    }

    /// Whether freshness alone keeps the caller from it.
    pub fn is_opened_by_step_up(&self, line: &Line, identity: &Identity, parameters: &Parameters) -> bool {
        self.outcome(line, identity, parameters) == Outcome::stale()
            && self.outcome(line, &self.stepped_up(identity), parameters) == Outcome::Ok
    }

    /// The caller after a step-up.
    fn stepped_up(&self, identity: &Identity) -> Identity {
        match identity {
            Identity::AuthenticatedUser { id, scopes: None, .. } => {
                let proofs = Proofs { fresh: true, second_factor: self.has_factors(id) };
                Identity::AuthenticatedUser { id: id.clone(), scopes: None, proofs }
            }
            other => other.clone(),
        }
    }

    /// Whether the operator requires a second factor of the user.
    pub fn must_have_factor(&self, id: &str) -> bool {
        match self.settings.require_mfa {
            RequireMfa::Off => false,
            RequireMfa::Privileged => self.is_privileged(id),
            RequireMfa::All => true,
        }
    }

    fn lacks_required_factor(&self, identity: &Identity) -> bool {
        let Some(id) = identity.id() else { return false };
        let has_proved_it = identity.proofs().second_factor || !identity.is_in_session();
        self.must_have_factor(id) && !(self.has_factors(id) && has_proved_it)
    }

    fn is_offered_without_factor(&self, line: &Line, identity: &Identity, parameters: &Parameters) -> bool {
        let Some(id) = identity.id() else { return true };
        let is_own = identity.is_in_session() && parameters.get("id").is_none_or(|target| target == id);
        let name = line.name.as_str();
        is_own && WITHOUT_REQUIRED_FACTOR.contains(&name)
            || is_own && TO_GET_A_FACTOR.contains(&name) && !self.has_factors(id)
            || self.outcome(line, &Identity::Anonymous, parameters) == Outcome::Ok
    }
}

impl Outcome {
    fn stale() -> Self {
        Self::refused(401, "insufficient_user_authentication")
    }
}

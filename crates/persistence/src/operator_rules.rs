//! The rules of the operator that decide what a user is and what a caller has proved.

use chrono::{DateTime, TimeDelta, Utc};
use usher_domain::{
    Authentication, User,
    policy::{Assurance, RequireMfa},
};

/// The rules of the operator. Lookups and writes read users and callers by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatorRules {
    /// Whether users need a verified address to sign in.
    pub verified_email: bool,
    /// How long a session is fresh after its user has proved who they are.
    pub fresh_for: TimeDelta,
    /// Who must have a second factor.
    pub require_mfa: RequireMfa,
}

impl Default for OperatorRules {
    fn default() -> Self {
        Self { verified_email: false, fresh_for: TimeDelta::minutes(15), require_mfa: RequireMfa::Off }
    }
}

impl OperatorRules {
    /// What a caller has proved in a session that was authenticated like this. A caller with an API key has proved nothing.
    pub(crate) fn assurance(
        &self,
        authentication: Option<&Authentication>,
        enrolled: EnrolledFactors,
        now: DateTime<Utc>,
    ) -> Assurance {
        let EnrolledFactors { any, totp, passkeys } = enrolled;
        Assurance {
            fresh: authentication.is_some_and(|proved| proved.is_fresh(any, self.fresh_for, now)),
            second_factor: authentication.is_some_and(Authentication::has_second_factor),
            enrolled: any,
            has_totp: totp,
            has_passkeys: passkeys,
            require: self.require_mfa,
            fresh_for: self.fresh_for,
        }
    }
}

/// Which second factors a user has and can use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EnrolledFactors {
    pub(crate) any: bool,
    pub(crate) totp: bool,
    /// Passkeys for the domain of the service.
    pub(crate) passkeys: bool,
}

/// What the row of the user shows: perhaps more than there is, but not less. A write that needs a factor reads it.
impl From<&User> for EnrolledFactors {
    fn from(user: &User) -> Self {
        Self { any: user.has_factors, totp: user.has_factors, passkeys: user.has_factors }
    }
}

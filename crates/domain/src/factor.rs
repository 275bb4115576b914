//! Factors: what users have, beside their password, to prove who they are.

use crate::{Fault, Rights, Rule, Text, fold::trim, named_enum, text::printable};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Maximum number of confirmed factors of a user.
pub const MAX_FACTORS: i64 = 20;
/// How long an authenticator app can be confirmed after its enrolment.
pub const CONFIRMABLE_FOR: TimeDelta = TimeDelta::minutes(10);

named_enum! {
    /// What a factor is.
    pub enum FactorType {
        /// An authenticator app (RFC 6238).
        Totp = "totp",
        Passkey = "passkey",
        /// Codes that are good once each, for users who have lost their other factors.
        RecoveryCodes = "recovery_codes",
    }
}

/// What a user calls a factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorName(String);

impl FactorName {
    /// What an authenticator app is called whose user gives it no name.
    pub const AUTHENTICATOR_APP: &str = "Authenticator app";

    /// What a passkey is called whose user gives it no name.
    pub const PASSKEY: &str = "Passkey";

    /// A name as the database has it.
    pub fn stored(name: String) -> Self {
        Self(name)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Text for FactorName {
    const RULE: Rule = Rule::free(1, 64, "phone");

    fn trimmed(raw: &str) -> &str {
        trim(raw)
    }

    fn parse(raw: &str) -> Result<Self, Fault> {
        printable(raw).map(Self)
    }
}

/// A code of an authenticator app, as its user has typed it.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

impl Text for OneTimeCode {
    const RULE: Rule = Rule::free(1, 32, "287082");

    fn trimmed(raw: &str) -> &str {
        trim(raw)
    }

    fn parse(raw: &str) -> Result<Self, Fault> {
        Ok(Self(raw.to_owned()))
    }
}

/// A factor, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    pub id: Uuid,
    pub user_id: Uuid,
    /// What the role of its owner allows now.
    pub owner: Rights,
    pub kind: FactorType,
    pub name: FactorName,
    /// Whether it is asked for. An authenticator app that is not confirmed is no factor yet.
    pub confirmed: bool,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    /// Recovery codes that have not been used; `None` for other types.
    pub remaining: Option<i64>,
    /// Whether its owner has no other confirmed factor but recovery codes, and passkeys that are for another domain.
    pub is_last: bool,
    /// Counts the changes of its name and of the recovery codes.
    pub version: i64,
}

/// Which factors the operator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorSupport {
    /// Whether users may enrol factors.
    pub enrolment: bool,
    /// Whether passkeys work: the service needs a domain name.
    pub passkeys: bool,
}

impl FactorSupport {
    pub const FULL: Self = Self { enrolment: true, passkeys: true };
}

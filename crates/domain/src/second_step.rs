//! The second step of a sign-in: after the password, users with factors prove one of them.

use crate::{Fault, Rule, Text, fold::trim, named_enum};
use chrono::TimeDelta;

/// How long a sign-in waits for its second step.
pub const MFA_TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// How many proofs are heard with one token.
pub const MAX_PROOFS: i16 = 5;
/// After how many failures in a row the owner is informed that somebody else has the password.
pub const FAILURES_BEFORE_NOTICE: i32 = 5;
/// After how many failures in a row one-time codes are not heard any more: one in 3,000 guesses at them is right.
pub const MAX_FAILURES_OF_TOTP: i32 = 100;

named_enum! {
    /// What can be proved in the second step.
    pub enum MfaMethod {
        /// A one-time code of an authenticator app.
        Totp = "totp",
        Passkey = "passkey",
        RecoveryCode = "recovery_code",
    }
}

impl MfaMethod {
    /// The failures in a row after another one.
    ///
    /// Guesses at recovery codes are hopeless. They show that somebody has the password, but do not keep the owner from
    /// using an authenticator app.
    pub const fn failures_after(self, failures: i32) -> i32 {
        match self {
            Self::Totp => failures.saturating_add(1),
            Self::Passkey | Self::RecoveryCode if failures < FAILURES_BEFORE_NOTICE => failures + 1,
            Self::Passkey | Self::RecoveryCode => failures,
        }
    }

    /// Whether it is heard after this many failures in a row.
    pub const fn is_heard_after(self, failures: i32) -> bool {
        match self {
            Self::Totp => failures < MAX_FAILURES_OF_TOTP,
            Self::Passkey | Self::RecoveryCode => true,
        }
    }
}

/// A recovery code, as its user has typed it.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedRecoveryCode(String);

impl TypedRecoveryCode {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for TypedRecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypedRecoveryCode(…)")
    }
}

impl Text for TypedRecoveryCode {
    const RULE: Rule = Rule::free(1, 64, "7m2k-94xq-vd0t-3e8h");

    fn trimmed(raw: &str) -> &str {
        trim(raw)
    }

    fn parse(raw: &str) -> Result<Self, Fault> {
        Ok(Self(raw.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The failures after so many with one method.
    fn failures_of(method: MfaMethod, times: usize) -> i32 {
        (0..times).fold(0, |failures, _| method.failures_after(failures))
    }

    #[test]
    fn one_time_codes_are_not_heard_after_a_hundred_failures_and_the_others_are() {
        assert_eq!(failures_of(MfaMethod::Totp, 100), MAX_FAILURES_OF_TOTP);
        for (failures, heard) in [(0, true), (99, true), (100, false), (i32::MAX, false)] {
            assert_eq!(MfaMethod::Totp.is_heard_after(failures), heard);
            assert!(MfaMethod::Passkey.is_heard_after(failures) && MfaMethod::RecoveryCode.is_heard_after(failures));
        }
    }

    #[test]
    fn guesses_at_other_factors_do_not_keep_one_time_codes_from_being_heard() {
        for method in [MfaMethod::Passkey, MfaMethod::RecoveryCode] {
            assert_eq!(failures_of(method, FAILURES_BEFORE_NOTICE as usize), FAILURES_BEFORE_NOTICE);
            assert!(MfaMethod::Totp.is_heard_after(failures_of(method, 1000)));
            assert_eq!(method.failures_after(MAX_FAILURES_OF_TOTP), MAX_FAILURES_OF_TOTP, "and do not forget others");
        }
        assert_eq!(MfaMethod::Totp.failures_after(i32::MAX), i32::MAX);
    }
}

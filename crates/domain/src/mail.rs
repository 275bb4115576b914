//! The mails that the service sends, and the tokens in some of them.

use crate::{Fault, Rule, Text, named_enum};
use chrono::TimeDelta;

named_enum! {
    /// What a mail is about.
    pub enum MailKind {
        /// Has a link that confirms the address.
        VerifyEmail = "verify_email",
        /// Has a link to choose a new password.
        ResetPassword = "reset_password",
        /// Has a link to choose the first password of an account that an admin created.
        Invitation = "invitation",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// To the address in use: another one is waiting to be confirmed.
        EmailChanging = "email_changing",
        /// To the previous address: another one has replaced it.
        EmailChanged = "email_changed",
        /// An API key of the account was created.
        ApiKeyCreated = "api_key_created",
        /// A second factor was added to the account.
        FactorEnrolled = "factor_enrolled",
        /// A second factor of the account was removed.
        FactorRemoved = "factor_removed",
        /// All second factors of the account were removed by an admin.
        FactorsReset = "factors_reset",
        /// The same, by the operator.
        FactorsResetByOperator = "factors_reset_by_operator",
        /// The same, and the password is void too: another mail has a link to choose a new one.
        FactorsAndPasswordReset = "factors_and_password_reset",
        /// New recovery codes have replaced the former ones.
        RecoveryCodesCreated = "recovery_codes_created",
        /// Many sign-ins were refused.
        SignInsRefused = "sign_ins_refused",
        /// Somebody with the password could not prove a second factor.
        SecondFactorsRefused = "second_factors_refused",
        /// A recovery code was used.
        RecoveryCodeUsed = "recovery_code_used",
    }
}

impl MailKind {
    /// What the link is for, and how long it is valid; `None` for a mail without a link.
    pub const fn link(self) -> Option<(Purpose, TimeDelta)> {
        match self {
            Self::VerifyEmail => Some((Purpose::VerifyEmail, TimeDelta::hours(24))),
            Self::ResetPassword => Some((Purpose::ResetPassword, TimeDelta::hours(1))),
            Self::Invitation => Some((Purpose::ResetPassword, TimeDelta::hours(24))),
            Self::PasswordChanged
            | Self::EmailChanging
            | Self::EmailChanged
            | Self::ApiKeyCreated
            | Self::FactorEnrolled
            | Self::FactorRemoved
            | Self::FactorsReset
            | Self::FactorsResetByOperator
            | Self::FactorsAndPasswordReset
            | Self::RecoveryCodesCreated
            | Self::SignInsRefused
            | Self::SecondFactorsRefused
            | Self::RecoveryCodeUsed => None,
        }
    }

    /// Maximum number of mails of this kind that one address gets, and in what time. Each kind is counted separately, so
    /// that an attacker cannot suppress a warning by requesting links.
    pub const fn quota(self) -> (i64, TimeDelta) {
        match self {
            Self::SignInsRefused => (1, TimeDelta::days(1)),
            // Only the user, and those who may reset factors, cause them. The thief of a session must not be able to use them
            // up and go on unseen, so there can be as many as a user may change the account.
            Self::FactorEnrolled
            | Self::FactorRemoved
            | Self::FactorsReset
            | Self::FactorsResetByOperator
            | Self::FactorsAndPasswordReset
            | Self::RecoveryCodesCreated
            | Self::RecoveryCodeUsed => (120, TimeDelta::hours(1)),
            _ => (5, TimeDelta::hours(1)),
        }
    }
}

named_enum! {
    /// What a mailed token is for.
    pub enum Purpose {
        VerifyEmail = "verify_email",
        ResetPassword = "reset_password",
    }
}

/// A mailed token, as a client sends it back. It is only looked up, by its digest.
#[derive(Clone, PartialEq, Eq)]
pub struct MailedToken(String);

impl MailedToken {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for MailedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailedToken(…)")
    }
}

impl Text for MailedToken {
    const RULE: Rule = Rule::free(1, 128, "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

    fn parse(raw: &str) -> Result<Self, Fault> {
        Ok(Self(raw.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        assert_eq!(format!("{:?}", MailedToken("secret".to_owned())), "MailedToken(…)");
    }
}

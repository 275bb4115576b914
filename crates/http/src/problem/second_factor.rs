//! The errors of a sign-in in two steps. They are errors of the token endpoint with more members than RFC 6749 §5.2 names.

use std::fmt;
use usher_domain::MfaMethod;

/// The password is right, and the user has to prove a second factor.
pub struct MfaChallenge {
    /// Continues the sign-in.
    pub token: String,
    /// What the user can prove.
    pub methods: Vec<MfaMethod>,
}

impl MfaChallenge {
    /// One for the document.
    pub fn example() -> Self {
        let token = "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu".to_owned();
        Self { token, methods: vec![MfaMethod::Totp, MfaMethod::RecoveryCode] }
    }

    /// The names of the methods.
    pub fn method_names(&self) -> Vec<&'static str> {
        self.methods.iter().map(|method| method.as_str()).collect()
    }
}

impl fmt::Debug for MfaChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MfaChallenge").field("methods", &self.methods).finish_non_exhaustive()
    }
}

/// Why a second step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactorError {
    WrongCode,
    TokenSpent,
    /// The user has no passkey for this service.
    NoPasskeys,
}

impl SecondFactorError {
    pub const fn code(self) -> &'static str {
        match self {
            Self::WrongCode => "wrong_code",
            Self::TokenSpent => "mfa_token_spent",
            Self::NoPasskeys => "no_passkeys",
        }
    }

    pub const fn detail(self) -> &'static str {
        match self {
            Self::WrongCode => "The second factor is wrong, or was used before.",
            Self::TokenSpent => {
                "`mfa_token` has expired, was used, was sent with too many wrong codes, or the account has changed. \
                 Send the password again."
            }
            Self::NoPasskeys => "The user has no passkey for this service. Send another second factor.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_not_in_debug_output() {
        assert_eq!(format!("{:?}", MfaChallenge::example()), "MfaChallenge { methods: [Totp, RecoveryCode], .. }");
    }
}

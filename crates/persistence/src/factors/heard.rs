//! What becomes of a proof.

use usher_domain::{Method, MethodSet};

/// What becomes of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    Accepted(Accepted),
    /// It is wrong, or was used before.
    Refused,
    /// It was not looked at: there were too many failures in a row, or no secret can be decrypted.
    NotCompared,
    /// The passkey is right, but has not verified its user, and nothing else is proved. Nothing was spent.
    PasswordRequired,
    /// The ceremony that a passkey has answered has expired, is spent, or is of another user or session.
    CeremonySpent,
}

/// A proof that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// What is proved by it.
    pub(crate) method: Method,
    /// How many recovery codes are left, if it was one.
    pub(crate) remaining: Option<i64>,
}

impl Accepted {
    /// What is proved by the password and this.
    pub(crate) const fn with_password(self) -> MethodSet {
        MethodSet::of(&[Method::Password, self.method, Method::Mfa])
    }

    /// What is proved by this alone: a passkey that has verified its user.
    pub(crate) const fn alone(self) -> MethodSet {
        MethodSet::of(&[self.method, Method::Mfa])
    }
}

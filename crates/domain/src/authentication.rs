//! How a session was authenticated, and how long that counts as fresh.

use crate::named_enum;
use chrono::{DateTime, TimeDelta, Utc};

named_enum! {
    /// A way in which users have proved who they are (RFC 8176; `rc` is of this service).
    pub enum Method {
        Password = "pwd",
        /// A one-time code of an authenticator app.
        Otp = "otp",
        /// A passkey that does not leave its device.
        HardwareKey = "hwk",
        /// A passkey that can be backed up.
        SoftwareKey = "swk",
        RecoveryCode = "rc",
        /// Two factors: the password and another one, or a passkey whose device has verified its user.
        Mfa = "mfa",
    }
}

impl Method {
    /// The bit in a stored [`MethodSet`]. It never changes.
    const fn bit(self) -> i16 {
        match self {
            Self::Password => 1,
            Self::Otp => 2,
            Self::HardwareKey => 4,
            Self::SoftwareKey => 8,
            Self::RecoveryCode => 16,
            Self::Mfa => 32,
        }
    }
}

/// The ways in which the user of a session has proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MethodSet(i16);

impl MethodSet {
    pub const PASSWORD: Self = Self::of(&[Method::Password]);

    pub const fn of(methods: &[Method]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < methods.len() {
            bits |= methods[at].bit();
            at += 1;
        }
        Self(bits)
    }

    /// A set as the database has it. Unknown bits, which a later release may have stored, are ignored.
    pub const fn stored(bits: i16) -> Self {
        Self(bits)
    }

    /// The set as it is stored.
    pub const fn bits(self) -> i16 {
        self.0
    }

    pub const fn contains(self, method: Method) -> bool {
        self.0 & method.bit() != 0
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The names, in the order of [`Method`].
    pub fn names(self) -> Vec<&'static str> {
        Method::ALL.iter().filter(|method| self.contains(**method)).map(|method| method.as_str()).collect()
    }
}

/// What the user of a session has proved, and when they last proved all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authentication {
    pub methods: MethodSet,
    pub at: DateTime<Utc>,
}

impl Authentication {
    /// Whether two factors were proved.
    pub const fn has_second_factor(&self) -> bool {
        self.methods.contains(Method::Mfa)
    }

    /// Whether all that a sign-in would ask for now was proved within `fresh_for`.
    pub fn is_fresh(&self, has_factors: bool, fresh_for: TimeDelta, now: DateTime<Utc>) -> bool {
        let is_complete = if has_factors { self.has_second_factor() } else { self.methods.contains(Method::Password) };
        is_complete && now - self.at < fresh_for
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH_FOR: TimeDelta = TimeDelta::minutes(15);
    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn a_stored_set_has_the_methods_that_were_put_into_it() {
        let set = MethodSet::of(&[Method::Mfa, Method::Password, Method::Otp]);
        assert_eq!(MethodSet::stored(set.bits()).names(), ["pwd", "otp", "mfa"]);
        assert_eq!(MethodSet::PASSWORD.bits(), 1, "the default of the column");
        assert_eq!(MethodSet::stored(1 | 1 << 9).names(), ["pwd"]);
        let all = MethodSet::of(Method::ALL);
        assert_eq!(all.names(), Method::NAMES);
        assert_eq!(all.bits().count_ones() as usize, Method::ALL.len(), "each has a bit of its own");
        assert_eq!(MethodSet::PASSWORD.union(MethodSet::of(&[Method::RecoveryCode])).names(), ["pwd", "rc"]);
    }

    #[test]
    fn a_session_is_fresh_for_a_while_after_everything_was_proved_that_a_sign_in_asks_for() {
        let both = MethodSet::of(&[Method::Password, Method::Otp, Method::Mfa]);
        let passkey = MethodSet::of(&[Method::HardwareKey, Method::Mfa]);
        let factor_alone = MethodSet::of(&[Method::Password, Method::Otp]);
        for (methods, without_factors, with_factors) in [
            (MethodSet::PASSWORD, true, false),
            (both, true, true),
            (passkey, false, true),
            (factor_alone, true, false),
            (MethodSet::default(), false, false),
        ] {
            let authentication = Authentication { methods, at: START };
            let last = START + FRESH_FOR - TimeDelta::microseconds(1);
            for (has_factors, fresh) in [(false, without_factors), (true, with_factors)] {
                assert_eq!(authentication.is_fresh(has_factors, FRESH_FOR, last), fresh, "{methods:?} {has_factors}");
                assert!(!authentication.is_fresh(has_factors, FRESH_FOR, START + FRESH_FOR));
            }
        }
    }
}

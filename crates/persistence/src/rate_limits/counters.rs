//! The counters of attempts.

use crate::digest::Digest;
use usher_domain::rate_limit::Limit;
use uuid::Uuid;

/// Counts attempts, or failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// A keyed digest of the account or the address, so that the database does not contain it.
    pub subject: Digest,
    /// The subject of the account that the counter belongs to, if it belongs to one.
    pub account: Option<Digest>,
    pub limit: Limit,
}

/// The counter of checks of an account's current password.
#[derive(Debug, Clone)]
pub struct PasswordCheckCounter {
    pub counter: Counter,
    /// The subjects by which the account shows that it is rate limited.
    pub shown: Vec<Digest>,
}

/// The counters of a sign-in, or of its second step. An address is known to an account if the account has been signed in to
/// from it before. A sign-in from a known address is judged only by the failures of the account at this address, and by those
/// of the address at accounts that know it: callers from elsewhere do not delay it.
#[derive(Debug, Clone)]
pub struct SignInCounters {
    /// The user who has the name; `None` for a name that no user has, which is counted in the same way.
    pub user: Option<Uuid>,
    pub account: Counter,
    pub address: Counter,
    /// The networks that the address is in.
    pub networks: Vec<Counter>,
    /// The account, for attempts from this address.
    pub account_at_address: Counter,
    /// The address, for attempts at accounts that know it.
    pub known_address: Counter,
    /// The subjects by which the account shows that it is rate limited: those of sign-ins, of checks of the current password,
    /// and of each kind of second factor.
    pub shown: Vec<Digest>,
    /// Whether the account knows the address.
    pub is_known_address: bool,
}

impl SignInCounters {
    /// The counters that decide whether an attempt is allowed. It is counted by them before the password is verified.
    pub fn blocking_counters(&self) -> Vec<Counter> {
        if self.is_known_address {
            vec![self.account_at_address, self.known_address]
        } else {
            self.of_unknown_address()
        }
    }

    /// The other counters, by which an attempt is counted after it has failed.
    pub(super) fn counters_after_failure(&self) -> Vec<Counter> {
        if self.is_known_address { self.of_unknown_address() } else { Vec::new() }
    }

    fn of_unknown_address(&self) -> Vec<Counter> {
        [&[self.account, self.address], &self.networks[..]].concat()
    }

    /// The subjects of the counters that a success clears. From the others it only removes itself.
    pub(super) fn cleared(&self) -> [Digest; 2] {
        [self.account.subject, self.account_at_address.subject]
    }
}

/// The counters of a proof of a second factor: each kind of factor has its own, so that guesses at one do not delay another.
#[derive(Debug, Clone)]
pub struct ProofCounters {
    pub proof: SignInCounters,
    /// The subject by which the counters of the account for all kinds of factors are deleted. A success deletes them.
    pub second_factors: Digest,
    /// Those of passwords, which are cleared when the sign-in is complete.
    pub sign_in: SignInCounters,
}

/// The subjects of an account whose owner has proved who they are without a password, and of the address they did it from.
#[derive(Debug, Clone)]
pub struct VerifiedOwner {
    pub account: Digest,
    pub address: Digest,
    /// The subjects by which the account shows that it is rate limited.
    pub shown: Vec<Digest>,
}

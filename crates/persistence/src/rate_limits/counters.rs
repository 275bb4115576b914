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

impl Counter {
    /// The subjects of the counter and of its account.
    pub(super) fn with_account(&self) -> Vec<Digest> {
        [self.subject].into_iter().chain(self.account).collect()
    }
}

/// The counters of a sign-in. An address is known to an account if the account has been signed in to from it before. A sign-in
/// from a known address is judged only by the failures of the account at this address, and by those of the address at accounts
/// that know it: callers from elsewhere do not delay it.
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
    /// The subject of checks of the account's current password.
    pub password_checks: Digest,
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

    /// The subjects of the account, wherever attempts come from.
    pub(super) fn account_subjects(&self) -> [Digest; 2] {
        [self.account.subject, self.password_checks]
    }

    /// Whether a successful sign-in clears the counter. From the others it only removes itself.
    pub(super) fn clears(&self, counter: &Counter) -> bool {
        [self.account.subject, self.account_at_address.subject].contains(&counter.subject)
    }
}

/// The subjects of an account whose owner has proved who they are without a password, and of the address they did it from.
#[derive(Debug, Clone, Copy)]
pub struct VerifiedOwner {
    pub account: Digest,
    pub address: Digest,
}

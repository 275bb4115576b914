//! Rate limits for password guesses and other attempts. There is no lock-out: after the wait, attempts are accepted again.
//!
//! There are two kinds of limits. For failures of one account or one client, some attempts are free and each further one
//! doubles the wait. If many people share a count, because it belongs to a whole network, or if nothing has failed,
//! free attempts are refilled one at a time, so that a steady trickle never uses them up.

use crate::network::Width;
use chrono::{DateTime, TimeDelta, Utc};

const FIRST_DELAY: TimeDelta = TimeDelta::seconds(1);
const MAX_DELAY: TimeDelta = TimeDelta::minutes(15);
/// How long failures are remembered after the last one, or after the delay that it caused.
const FORGET_AFTER: TimeDelta = TimeDelta::minutes(15);

/// How many attempts are free, and what happens after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    free: i32,
    excess: Excess,
}

/// What happens after the free attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Excess {
    /// Each further one doubles the wait for the next.
    DoublesDelay,
    /// One becomes free again after each such time.
    WaitsForRefill(TimeDelta),
}

impl Limit {
    /// Failed password attempts for one account.
    pub const ACCOUNT: Self = Self::doubling(5);
    /// Failed sign-ins from one address to accounts that have signed in from it before. More than for others, because
    /// offices share an address.
    pub const KNOWN_ADDRESS: Self = Self::refilled(125, 5);
    /// Requests of one user that reveal whether an account exists.
    pub const ACCOUNT_PROBES_OF_USER: Self = Self::doubling(300);
    /// Changes of a user to their own account: each is an event in the audit trail.
    pub const CHANGES: Self = Self::refilled(120, 30);

    /// Failed sign-ins from one network, to any account.
    pub const fn sign_ins(from: Width) -> Self {
        match from {
            Width::Host => Self::doubling(100),
            Width::Site => Self::refilled(200, 10),
            Width::Block => Self::refilled(400, 5),
        }
    }

    /// Requests from one network that reveal whether an account exists, or that make the service send mail.
    pub const fn account_probes(from: Width) -> Self {
        match from {
            Width::Host => Self::doubling(300),
            Width::Site => Self::refilled(600, 10),
            Width::Block => Self::refilled(1200, 5),
        }
    }

    /// Options to sign in with a passkey, from one network. Sign-in pages request them before anybody wants to sign in.
    pub const fn passkey_options(from: Width) -> Self {
        match from {
            Width::Host => Self::refilled(300, 2),
            Width::Site => Self::refilled(600, 1),
            Width::Block => Self::refilled(1200, 1),
        }
    }

    /// Successful registrations and new addresses of users, from one network.
    pub const fn mails_to_new_addresses(from: Width) -> Self {
        match from {
            Width::Host => Self::refilled(60, 60),
            Width::Site => Self::refilled(120, 30),
            Width::Block => Self::refilled(240, 15),
        }
    }

    const fn doubling(free: i32) -> Self {
        Self { free, excess: Excess::DoublesDelay }
    }

    const fn refilled(free: i32, seconds: i64) -> Self {
        Self { free, excess: Excess::WaitsForRefill(TimeDelta::seconds(seconds)) }
    }

    /// The number of attempts without delay.
    pub fn free(self) -> usize {
        usize::try_from(self.free).unwrap_or_default()
    }
}

/// The failures that are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    pub count: i32,
    /// Every further attempt is refused until then.
    pub blocked_until: Option<DateTime<Utc>>,
    /// All are forgotten from then on.
    pub forgotten_at: DateTime<Utc>,
}

impl Failures {
    /// No failures.
    pub const fn none(now: DateTime<Utc>) -> Self {
        Self { count: 0, blocked_until: None, forgotten_at: now }
    }

    /// With one more failure.
    #[must_use]
    pub fn with_another(self, limit: Limit, now: DateTime<Utc>) -> Self {
        let count = if self.forgotten_at <= now { 1 } else { self.count.saturating_add(1) };
        match limit.excess {
            Excess::DoublesDelay => {
                let blocked_until = limit.delay(count).map(|delay| now + delay);
                Self { count, blocked_until, forgotten_at: blocked_until.unwrap_or(now) + FORGET_AFTER }
            }
            Excess::WaitsForRefill(each) => {
                // No more can be missing than were counted, even if the clock was set back.
                let owed = (self.forgotten_at - now).clamp(TimeDelta::zero(), each * self.count.clamp(0, limit.free));
                // The time when all are refilled. The next attempt is accepted as soon as one is.
                let forgotten_at = now + owed + each;
                let blocked_until = forgotten_at - each * (limit.free - 1);
                Self { count, blocked_until: (blocked_until > now).then_some(blocked_until), forgotten_at }
            }
        }
    }

    /// With one failure less, because the attempt succeeded or was not made. Other failures stay, with the delay that they
    /// caused.
    #[must_use]
    pub fn without_one(self, limit: Limit) -> Self {
        let count = (self.count - 1).max(0);
        match limit.excess {
            Excess::DoublesDelay => {
                Self { count, blocked_until: self.blocked_until.filter(|_| count > limit.free), ..self }
            }
            Excess::WaitsForRefill(each) => Self {
                count,
                blocked_until: self.blocked_until.map(|until| until - each),
                forgotten_at: self.forgotten_at - each,
            },
        }
    }

    /// How long the next attempt has to wait, if it has to. No wait is longer than the maximum: if it seems so, the clock
    /// was set back.
    pub fn wait(self, now: DateTime<Utc>) -> Option<TimeDelta> {
        self.blocked_until.map(|until| until - now).filter(|wait| *wait > TimeDelta::zero() && *wait <= MAX_DELAY)
    }

    /// Until when further failures cause delays, if they do already.
    pub fn rate_limited_until(self, limit: Limit, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (self.count > limit.free && self.forgotten_at > now).then_some(self.forgotten_at)
    }
}

impl Limit {
    /// The delay after this many failures, if they are not all free.
    fn delay(self, failures: i32) -> Option<TimeDelta> {
        let doublings = u32::try_from(failures - self.free - 1).ok()?;
        let delay =
            1_i32.checked_shl(doublings).filter(|times| *times > 0).and_then(|times| FIRST_DELAY.checked_mul(times));
        Some(delay.map_or(MAX_DELAY, |delay| delay.min(MAX_DELAY)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn some_failures_are_free_and_each_further_one_doubles_the_delay_up_to_a_quarter_of_an_hour() {
        let (mut failures, mut now) = (Failures::none(START), START);
        let mut delays = Vec::new();
        for _ in 0..50 {
            failures = failures.with_another(Limit::ACCOUNT, now);
            let wait = failures.wait(now);
            delays.push(wait.map_or(0, |wait| wait.num_seconds()));
            now += wait.unwrap_or_default();
        }
        assert_eq!(delays[..16], [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
        assert!(delays[16..].iter().all(|delay| *delay == 900), "{delays:?}");
    }

    #[test]
    fn failures_are_forgotten_a_quarter_of_an_hour_after_the_last_delay() {
        let limited = (0..7).fold(Failures::none(START), |failures, _| failures.with_another(Limit::ACCOUNT, START));
        let end = START + TimeDelta::seconds(2) + FORGET_AFTER;
        assert_eq!(limited.rate_limited_until(Limit::ACCOUNT, START), Some(end));
        let before = end - TimeDelta::microseconds(1);
        assert_eq!(limited.with_another(Limit::ACCOUNT, before).count, 8);
        assert_eq!(limited.with_another(Limit::ACCOUNT, end).count, 1);
        assert_eq!(limited.rate_limited_until(Limit::ACCOUNT, end), None);
    }

    #[test]
    fn a_removed_failure_takes_its_own_delay_with_it() {
        let limit = Limit::doubling(1);
        let one = Failures::none(START).with_another(limit, START);
        let two = one.with_another(limit, START);
        assert!(two.wait(START).is_some());
        assert_eq!(two.without_one(limit).wait(START), None);
        let three = two.with_another(limit, START);
        assert_eq!(three.without_one(limit).wait(START), three.wait(START), "another has failed");
        assert_eq!(Failures::none(START).without_one(limit).count, 0);
    }

    #[test]
    fn with_refill_the_next_attempt_waits_for_a_free_one() {
        let limit = Limit::refilled(3, 10);
        let mut used_up = Failures::none(START);
        for _ in 0..3 {
            assert_eq!(used_up.wait(START), None);
            used_up = used_up.with_another(limit, START);
        }
        assert_eq!(used_up.wait(START), Some(TimeDelta::seconds(10)));
        let later = START + TimeDelta::seconds(10);
        assert_eq!(used_up.wait(later), None);
        assert_eq!(used_up.with_another(limit, later).wait(later), Some(TimeDelta::seconds(10)));
        assert_eq!(used_up.without_one(limit).wait(START), None);
        assert_eq!(used_up.forgotten_at, START + TimeDelta::seconds(30));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_lengthen_a_wait() {
        let refilled = Limit::refilled(3, 10);
        let one = Failures::none(START).with_another(refilled, START);
        let before = START - TimeDelta::minutes(20);
        assert_eq!(one.with_another(refilled, before).wait(before), None);
        let used_up = (0..3).fold(Failures::none(START), |failures, _| failures.with_another(refilled, START));
        assert_eq!(used_up.wait(before), None);
        let limited = (0..7).fold(Failures::none(START), |failures, _| failures.with_another(Limit::ACCOUNT, START));
        assert_eq!(limited.wait(before), None);
        assert!(limited.with_another(Limit::ACCOUNT, before).wait(before).is_some());
    }

    #[test]
    fn a_steady_trickle_never_uses_up_what_is_refilled() {
        let limit = Limit::refilled(3, 10);
        let (mut failures, mut now) = (Failures::none(START), START);
        for _ in 0..1000 {
            failures = failures.with_another(limit, now);
            assert_eq!(failures.wait(now), None);
            now += TimeDelta::seconds(10);
        }
    }

    #[test]
    fn a_wider_network_has_a_higher_limit() {
        for limit in [Limit::sign_ins, Limit::account_probes, Limit::mails_to_new_addresses] {
            let free = [Width::Host, Width::Site, Width::Block].map(|width| limit(width).free());
            assert!(free.is_sorted_by(|one, next| one < next), "{free:?}");
        }
        assert!(Limit::KNOWN_ADDRESS.free() > Limit::sign_ins(Width::Host).free());
    }
}

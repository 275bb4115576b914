//! How guessing, and what else can be done too often, is slowed. There is no lock: whoever waits is heard again.
//!
//! A limit is of one of two kinds. Where what is counted is a failure of one account or one caller, so many are free and each
//! further one doubles the wait. Where many people share a count, because it is that of a whole network, or where nothing has
//! failed, the free ones come back one at a time, so that a steady trickle never uses them up.

use crate::network::Width;
use chrono::{DateTime, TimeDelta, Utc};

/// The first delay, and the longest.
const FIRST: TimeDelta = TimeDelta::seconds(1);
const LONGEST: TimeDelta = TimeDelta::minutes(15);
/// For how long a failure, or the delay that it brought, is remembered after it is over.
const MEMORY: TimeDelta = TimeDelta::minutes(15);

/// How many are free, and what comes after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    free: i32,
    then: Then,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Each further one doubles the wait for the next.
    Doubling,
    /// One is free again each time this has passed.
    Refill(TimeDelta),
}

impl Limit {
    /// Failures at the password of one account.
    pub const ACCOUNT: Self = Self::doubling(5);
    /// Failed sign-ins from one address to accounts that it is familiar to: more than to others, for offices share an address.
    pub const FAMILIAR: Self = Self::refilled(125, 5);
    /// What tells one user who exists.
    pub const QUESTIONS_OF_USER: Self = Self::doubling(300);
    /// Changes that a user makes to their own account: each is an event in the audit trail.
    pub const CHANGES: Self = Self::refilled(120, 30);

    /// Failed sign-ins from one network, to whatever account.
    pub const fn sign_ins(from: Width) -> Self {
        match from {
            Width::Host => Self::doubling(100),
            Width::Site => Self::refilled(200, 10),
            Width::Block => Self::refilled(400, 5),
        }
    }

    /// What tells one network who exists, or makes the service send mail.
    pub const fn questions(from: Width) -> Self {
        match from {
            Width::Host => Self::doubling(300),
            Width::Site => Self::refilled(600, 10),
            Width::Block => Self::refilled(1200, 5),
        }
    }

    /// Registrations from one network that succeed.
    pub const fn registrations(from: Width) -> Self {
        match from {
            Width::Host => Self::refilled(60, 60),
            Width::Site => Self::refilled(120, 30),
            Width::Block => Self::refilled(240, 15),
        }
    }

    const fn doubling(free: i32) -> Self {
        Self { free, then: Then::Doubling }
    }

    const fn refilled(free: i32, seconds: i64) -> Self {
        Self { free, then: Then::Refill(TimeDelta::seconds(seconds)) }
    }

    /// How many bring no delay.
    pub fn free(self) -> usize {
        usize::try_from(self.free).unwrap_or_default()
    }
}

/// Failures, as they are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    pub count: i32,
    /// Until then every further guess is refused.
    pub blocked_until: Option<DateTime<Utc>>,
    /// From then on it is as if there had been none.
    pub forgotten_at: DateTime<Utc>,
}

impl Failures {
    /// None so far.
    pub const fn none(now: DateTime<Utc>) -> Self {
        Self { count: 0, blocked_until: None, forgotten_at: now }
    }

    /// One more.
    #[must_use]
    pub fn and_another(self, limit: Limit, now: DateTime<Utc>) -> Self {
        let count = if self.forgotten_at <= now { 1 } else { self.count.saturating_add(1) };
        match limit.then {
            Then::Doubling => {
                let blocked_until = limit.delay(count).map(|delay| now + delay);
                Self { count, blocked_until, forgotten_at: blocked_until.unwrap_or(now) + MEMORY }
            }
            Then::Refill(each) => {
                // No more can have to come back than were counted, also where the clock was set back meanwhile.
                let owed = (self.forgotten_at - now).clamp(TimeDelta::zero(), each * self.count.clamp(0, limit.free));
                // Once all have come back. The next one is heard as soon as one has.
                let forgotten_at = now + owed + each;
                let blocked_until = forgotten_at - each * (limit.free - 1);
                Self { count, blocked_until: (blocked_until > now).then_some(blocked_until), forgotten_at }
            }
        }
    }

    /// One less: it was right, or did not come about. What others have failed stays, with the delay that it brought.
    #[must_use]
    pub fn but_one(self, limit: Limit) -> Self {
        let count = (self.count - 1).max(0);
        match limit.then {
            Then::Doubling => Self { count, blocked_until: self.blocked_until.filter(|_| count > limit.free), ..self },
            Then::Refill(each) => Self {
                count,
                blocked_until: self.blocked_until.map(|until| until - each),
                forgotten_at: self.forgotten_at - each,
            },
        }
    }

    /// How long the next guess has to wait, if it has to. Nobody has to wait longer than the longest delay: where it seems so,
    /// the clock was set back.
    pub fn wait(self, now: DateTime<Utc>) -> Option<TimeDelta> {
        self.blocked_until.map(|until| until - now).filter(|wait| *wait > TimeDelta::zero() && *wait <= LONGEST)
    }

    /// Until when further failures bring delays, if they do already.
    pub fn slowed_until(self, limit: Limit, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (self.count > limit.free && self.forgotten_at > now).then_some(self.forgotten_at)
    }
}

impl Limit {
    /// The delay after so many failures, if they are not all free.
    fn delay(self, failures: i32) -> Option<TimeDelta> {
        let doublings = u32::try_from(failures - self.free - 1).ok()?;
        let delay = 1_i32.checked_shl(doublings).filter(|times| *times > 0).and_then(|times| FIRST.checked_mul(times));
        Some(delay.map_or(LONGEST, |delay| delay.min(LONGEST)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn so_many_failures_are_free_and_each_further_one_doubles_the_delay_up_to_a_quarter_of_an_hour() {
        let (mut failures, mut now) = (Failures::none(START), START);
        let mut delays = Vec::new();
        for _ in 0..50 {
            failures = failures.and_another(Limit::ACCOUNT, now);
            let wait = failures.wait(now);
            delays.push(wait.map_or(0, |wait| wait.num_seconds()));
            now += wait.unwrap_or_default();
        }
        assert_eq!(delays[..16], [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
        assert!(delays[16..].iter().all(|delay| *delay == 900), "{delays:?}");
    }

    #[test]
    fn a_failure_is_forgotten_a_quarter_of_an_hour_after_the_delay_that_it_brought() {
        let slowed = (0..7).fold(Failures::none(START), |failures, _| failures.and_another(Limit::ACCOUNT, START));
        let end = START + TimeDelta::seconds(2) + MEMORY;
        assert_eq!(slowed.slowed_until(Limit::ACCOUNT, START), Some(end));
        let before = end - TimeDelta::microseconds(1);
        assert_eq!(slowed.and_another(Limit::ACCOUNT, before).count, 8);
        assert_eq!(slowed.and_another(Limit::ACCOUNT, end).count, 1);
        assert_eq!(slowed.slowed_until(Limit::ACCOUNT, end), None);
    }

    #[test]
    fn what_was_right_counts_no_more_and_takes_its_own_delay_along() {
        let limit = Limit::doubling(1);
        let one = Failures::none(START).and_another(limit, START);
        let two = one.and_another(limit, START);
        assert!(two.wait(START).is_some());
        assert_eq!(two.but_one(limit).wait(START), None);
        let three = two.and_another(limit, START);
        assert_eq!(three.but_one(limit).wait(START), three.wait(START), "another has failed");
        assert_eq!(Failures::none(START).but_one(limit).count, 0);
    }

    #[test]
    fn where_the_free_ones_come_back_the_next_one_waits_for_one_of_them() {
        let limit = Limit::refilled(3, 10);
        let mut used_up = Failures::none(START);
        for _ in 0..3 {
            assert_eq!(used_up.wait(START), None);
            used_up = used_up.and_another(limit, START);
        }
        assert_eq!(used_up.wait(START), Some(TimeDelta::seconds(10)));
        let later = START + TimeDelta::seconds(10);
        assert_eq!(used_up.wait(later), None);
        assert_eq!(used_up.and_another(limit, later).wait(later), Some(TimeDelta::seconds(10)));
        assert_eq!(used_up.but_one(limit).wait(START), None);
        assert_eq!(used_up.forgotten_at, START + TimeDelta::seconds(30));
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_longer() {
        let refilled = Limit::refilled(3, 10);
        let one = Failures::none(START).and_another(refilled, START);
        let before = START - TimeDelta::minutes(20);
        assert_eq!(one.and_another(refilled, before).wait(before), None);
        let used_up = (0..3).fold(Failures::none(START), |failures, _| failures.and_another(refilled, START));
        assert_eq!(used_up.wait(before), None);
        let slowed = (0..7).fold(Failures::none(START), |failures, _| failures.and_another(Limit::ACCOUNT, START));
        assert_eq!(slowed.wait(before), None);
        assert!(slowed.and_another(Limit::ACCOUNT, before).wait(before).is_some());
    }

    #[test]
    fn a_steady_trickle_never_uses_up_what_comes_back() {
        let limit = Limit::refilled(3, 10);
        let (mut failures, mut now) = (Failures::none(START), START);
        for _ in 0..1000 {
            failures = failures.and_another(limit, now);
            assert_eq!(failures.wait(now), None);
            now += TimeDelta::seconds(10);
        }
    }

    #[test]
    fn a_wider_network_has_a_higher_limit() {
        for limit in [Limit::sign_ins, Limit::questions, Limit::registrations] {
            let free = [Width::Host, Width::Site, Width::Block].map(|width| limit(width).free());
            assert!(free.is_sorted_by(|one, next| one < next), "{free:?}");
        }
        assert!(Limit::FAMILIAR.free() > Limit::sign_ins(Width::Host).free());
    }
}

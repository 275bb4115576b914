//! How guessing is slowed: so many failures are free, and each further one doubles the time before the next guess is heard.
//! There is no lock: whoever waits is heard again.

use chrono::{DateTime, TimeDelta, Utc};
use std::net::{IpAddr, Ipv6Addr};

/// The first delay, and the longest.
const FIRST: TimeDelta = TimeDelta::seconds(1);
const LONGEST: TimeDelta = TimeDelta::minutes(15);
/// For how long a failure, or the delay that it brought, is remembered after it is over.
const MEMORY: TimeDelta = TimeDelta::minutes(15);

/// How many failures are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    free: i32,
}

impl Limit {
    /// For the password of one account.
    pub const ACCOUNT: Self = Self { free: 5 };
    /// For sign-ins from one address, to whatever account.
    pub const ADDRESS: Self = Self { free: 100 };
    /// For what tells one address who exists, or makes the service send mail.
    pub const QUESTIONS: Self = Self { free: 300 };

    /// How many failures bring no delay.
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
        let blocked_until = limit.delay(count).map(|delay| now + delay);
        Self { count, blocked_until, forgotten_at: blocked_until.unwrap_or(now) + MEMORY }
    }

    /// One less: the guess was right. What others have failed stays, with the delay that it brought.
    #[must_use]
    pub fn but_one(self, limit: Limit) -> Self {
        let count = (self.count - 1).max(0);
        Self { count, blocked_until: self.blocked_until.filter(|_| count > limit.free), ..self }
    }

    /// How long the next guess has to wait, if it has to.
    pub fn wait(self, now: DateTime<Utc>) -> Option<TimeDelta> {
        self.blocked_until.map(|until| until - now).filter(|wait| *wait > TimeDelta::zero())
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

/// Who is taken for one caller: whoever has one IPv6 address has all of its /64.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
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
        let limit = Limit { free: 1 };
        let one = Failures::none(START).and_another(limit, START);
        let two = one.and_another(limit, START);
        assert!(two.wait(START).is_some());
        assert_eq!(two.but_one(limit).wait(START), None);
        let three = two.and_another(limit, START);
        assert_eq!(three.but_one(limit).wait(START), three.wait(START), "another has failed");
        assert_eq!(Failures::none(START).but_one(limit).count, 0);
    }

    #[test]
    fn neighbours_in_an_ipv6_network_are_one_caller() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:2"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.2"), network("192.0.2.1"));
    }
}

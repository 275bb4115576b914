//! Statistics: how many users there are, and what happened on each day.

use crate::{
    audit::{Event, Outcome},
    named_enum,
};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;

named_enum! {
    /// What is counted on each day.
    pub enum Counter {
        Registrations = "registrations",
        /// Completed sign-ins.
        SignIns = "sign_ins",
        /// Sign-ins that were refused: a wrong password, second factor or passkey, an unknown account, or one that may not sign
        /// in. Of attempts that a rate limit refuses, only the first in a row counts, and none with an unknown passkey. A right
        /// password that waits for a second factor does not count.
        FailedSignIns = "failed_sign_ins",
        /// Users who signed in or refreshed, each of them once.
        ActiveUsers = "active_users",
    }
}

impl Counter {
    /// What an event of the audit trail counts as.
    pub const fn of(event: Event, outcome: Outcome) -> Option<Self> {
        match (event, outcome) {
            (Event::UserRegistered, Outcome::Success) => Some(Self::Registrations),
            (Event::SignedIn, Outcome::Success) => Some(Self::SignIns),
            (Event::SignInRefused, _) => Some(Self::FailedSignIns),
            (
                Event::UserRegistered
                | Event::SignedIn
                | Event::UserCreated
                | Event::UserImported
                | Event::UserUpdated
                | Event::UserDeleted
                | Event::UserSuspended
                | Event::UserReactivated
                | Event::PasswordChanged
                | Event::PasswordReset
                | Event::PasswordResetRequested
                | Event::PasswordResetSent
                | Event::EmailVerified
                | Event::VerificationRequested
                | Event::ThrottleLifted
                | Event::ApiKeyCreated
                | Event::ApiKeyRevoked
                | Event::ApiKeysRevoked
                | Event::FactorEnrolled
                | Event::FactorRenamed
                | Event::FactorRemoved
                | Event::FactorsReset
                | Event::RecoveryCodesCreated
                | Event::RecoveryCodeUsed
                | Event::PasskeyCounterRegressed
                | Event::SteppedUp
                | Event::SessionRevoked
                | Event::SessionsRevoked
                | Event::RoleCreated
                | Event::RoleUpdated
                | Event::RoleDeleted
                | Event::RefreshTokenReused
                | Event::SigningKeyRotated
                | Event::SigningKeysRevoked,
                _,
            ) => None,
        }
    }
}

/// The smallest number of days that statistics are about.
pub const MIN_DAYS: u16 = 1;
/// The largest number of days that statistics are about: a year, whatever its length.
pub const MAX_DAYS: u16 = 366;
/// The number of days if none is given.
pub const DEFAULT_DAYS: Days = Days(30);

/// How many days statistics are about, today included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(u16);

impl Days {
    /// `None` if there are too few or too many.
    pub const fn new(days: u16) -> Option<Self> {
        if MIN_DAYS <= days && days <= MAX_DAYS { Some(Self(days)) } else { None }
    }

    pub const fn get(self) -> u16 {
        self.0
    }

    /// The days (UTC) that end with the one of `now`, oldest first.
    pub fn until(self, now: DateTime<Utc>) -> Vec<NaiveDate> {
        let days = now.date_naive().iter_days().rev().take(self.0.into()).collect::<Vec<_>>();
        days.into_iter().rev().collect()
    }
}

/// What happened on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCounts {
    pub date: NaiveDate,
    pub registrations: i64,
    pub sign_ins: i64,
    pub failed_sign_ins: i64,
    pub active_users: i64,
}

impl DayCounts {
    /// A day on which nothing happened.
    pub const fn none(date: NaiveDate) -> Self {
        Self { date, registrations: 0, sign_ins: 0, failed_sign_ins: 0, active_users: 0 }
    }

    /// Adds what was counted for a part of the same day.
    pub const fn add(&mut self, part: &Self) {
        self.registrations += part.registrations;
        self.sign_ins += part.sign_ins;
        self.failed_sign_ins += part.failed_sign_ins;
        self.active_users += part.active_users;
    }
}

/// How many users there are, and what happened on each day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// The number of users with each status.
    pub by_status: BTreeMap<String, i64>,
    /// The number of users with each role.
    pub by_role: BTreeMap<String, i64>,
    /// Every day of the period, oldest first.
    pub days: Vec<DayCounts>,
}

/// The counts of each of these days: the sum of its parts, or zeros if there are none. Parts of other days are ignored.
pub fn daily(days: &[NaiveDate], parts: &[DayCounts]) -> Vec<DayCounts> {
    let mut counted: Vec<DayCounts> = days.iter().copied().map(DayCounts::none).collect();
    for part in parts {
        if let Some(day) = counted.iter_mut().find(|day| day.date == part.date) {
            day.add(part);
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_ends_today_and_has_as_many_days_as_were_asked_for() {
        let now = "2028-03-01T23:59:59Z".parse().unwrap();
        let days = Days::new(3).unwrap().until(now);
        assert_eq!(days, ["2028-02-28", "2028-02-29", "2028-03-01"].map(date));
        assert_eq!(Days::new(1).unwrap().until(now), [date("2028-03-01")]);
        assert_eq!(Days::new(MAX_DAYS).unwrap().until(now).len(), 366);
        for bad in [0, 367, u16::MAX] {
            assert_eq!(Days::new(bad), None, "{bad}");
        }
        assert_eq!(DEFAULT_DAYS.get(), 30);
    }

    #[test]
    fn the_parts_of_a_day_are_added_and_days_without_any_have_zeros() {
        let [first, second, third] = ["2026-11-26", "2026-11-27", "2026-11-28"].map(date);
        let part = |date, n| DayCounts { registrations: n, sign_ins: 10 * n, active_users: n, ..DayCounts::none(date) };
        let found = daily(&[second, third], &[part(third, 1), part(first, 9), part(third, 2)]);
        assert_eq!(found, [DayCounts::none(second), part(third, 3)]);
    }

    #[test]
    fn registrations_and_sign_ins_are_counted_and_nothing_else_is() {
        for event in Event::ALL {
            for outcome in Outcome::ALL {
                let counted = Counter::of(*event, *outcome).map(Counter::as_str);
                let wanted = match (event.as_str(), outcome.as_str()) {
                    ("user_registered", "success") => Some("registrations"),
                    ("signed_in", "success") => Some("sign_ins"),
                    ("sign_in_refused", _) => Some("failed_sign_ins"),
                    _ => None,
                };
                assert_eq!(counted, wanted, "{event:?} {outcome:?}");
            }
        }
    }
}

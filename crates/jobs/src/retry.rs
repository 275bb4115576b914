//! When a job that failed runs again.

use chrono::TimeDelta;
use uuid::Uuid;

/// When a job that failed runs again: after waits that double, up to a maximum.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    pub first_wait: TimeDelta,
    pub longest_wait: TimeDelta,
    /// The maximum wait after permanent failures.
    pub longest_wait_permanent: TimeDelta,
    /// A job that fails at this age is given up.
    pub give_up_after: TimeDelta,
}

impl Retry {
    /// The wait after this number of runs. Up to a quarter is added, so that jobs that failed together do not run again
    /// together.
    pub(crate) fn wait(&self, attempts: i32, permanent: bool, id: Uuid) -> TimeDelta {
        let longest = if permanent { self.longest_wait_permanent } else { self.longest_wait };
        let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(20);
        let wait = (self.first_wait * 2_i32.pow(doublings)).min(longest);
        let spread = i32::from(id.as_bytes()[15]);
        wait + wait / 4 * spread / 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Retry = Retry {
        first_wait: TimeDelta::seconds(5),
        longest_wait: TimeDelta::minutes(10),
        longest_wait_permanent: TimeDelta::hours(2),
        give_up_after: TimeDelta::days(2),
    };

    #[test]
    fn waits_grow_up_to_a_longest_one() {
        let waits = |permanent| -> Vec<i64> {
            (1..40).map(|attempts| RETRY.wait(attempts, permanent, Uuid::nil()).num_seconds()).collect()
        };
        for (permanent, longest) in [(false, 600), (true, 7200)] {
            assert_eq!(waits(permanent)[..4], [5, 10, 20, 40]);
            assert!(waits(permanent).is_sorted());
            assert_eq!(waits(permanent).last(), Some(&longest));
        }
        let spread = RETRY.wait(1, false, Uuid::max());
        assert!(spread > RETRY.first_wait && spread < RETRY.first_wait * 5 / 4);
    }
}

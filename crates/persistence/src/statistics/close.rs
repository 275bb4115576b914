//! Closing days: the sums of a day replace its counts, and the ids of those who were active are deleted.

use crate::Error;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use diesel::{
    sql_query,
    sql_types::{BigInt, Date},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// How long after its end a day is closed: the clocks of replicas differ, and transactions take time.
const CLOSED_AFTER: TimeDelta = TimeDelta::hours(1);
/// How many days are kept: more than a year, so that every period that can be asked for is complete.
const KEPT_DAYS: Days = Days::new(400);

/// What is counted for a day after it was closed is added when the next batch is deleted.
const CLOSE: &str = "WITH counts AS (DELETE FROM daily_counts WHERE day <= $1 RETURNING day, counter, n) \
    INSERT INTO daily_statistics AS d (day, registrations, sign_ins, failed_sign_ins, active_users) \
    SELECT day, \
        coalesce(sum(n) FILTER (WHERE counter = 'registrations'), 0)::bigint, \
        coalesce(sum(n) FILTER (WHERE counter = 'sign_ins'), 0)::bigint, \
        coalesce(sum(n) FILTER (WHERE counter = 'failed_sign_ins'), 0)::bigint, \
        coalesce(sum(n) FILTER (WHERE counter = 'active_users'), 0)::bigint \
    FROM counts GROUP BY day \
    ON CONFLICT (day) DO UPDATE SET registrations = d.registrations + EXCLUDED.registrations, \
        sign_ins = d.sign_ins + EXCLUDED.sign_ins, \
        failed_sign_ins = d.failed_sign_ins + EXCLUDED.failed_sign_ins, \
        active_users = d.active_users + EXCLUDED.active_users";
const FORGET_USERS: &str = "DELETE FROM active_users WHERE (day, user_id) IN \
    (SELECT day, user_id FROM active_users WHERE day <= $1 ORDER BY day, user_id LIMIT $2)";
const FORGET_DAYS: &str = "DELETE FROM daily_statistics WHERE day < $1";

/// Closes the days that have ended, with a batch of the ids of those who were active, and deletes old days. Returns how many
/// rows it changed; 0 if there is nothing more to do.
pub(crate) async fn close_days(
    connection: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    batch: i64,
) -> Result<usize, Error> {
    let Some(last) = last_closed(now) else { return Ok(0) };
    let mut changed = sql_query(CLOSE).bind::<Date, _>(last).execute(connection).await?;
    changed += sql_query(FORGET_USERS).bind::<Date, _>(last).bind::<BigInt, _>(batch).execute(connection).await?;
    if let Some(first_kept) = now.date_naive().checked_sub_days(KEPT_DAYS) {
        changed += sql_query(FORGET_DAYS).bind::<Date, _>(first_kept).execute(connection).await?;
    }
    Ok(changed)
}

/// The last day that ended long enough ago.
fn last_closed(now: DateTime<Utc>) -> Option<NaiveDate> {
    now.checked_sub_signed(CLOSED_AFTER)?.date_naive().pred_opt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_closed_an_hour_after_its_end() {
        for (now, last) in [
            ("2026-11-28T00:59:59Z", "2026-11-26"),
            ("2026-11-28T01:00:00Z", "2026-11-27"),
            ("2026-11-28T23:59:59Z", "2026-11-27"),
        ] {
            assert_eq!(last_closed(now.parse().unwrap()), Some(last.parse().unwrap()), "{now}");
        }
    }
}

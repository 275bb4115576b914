//! One row for each counter.

use super::Counter;
use crate::{Error, database::found, schema::throttles};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::rate_limit::Failures;

#[derive(Queryable, Selectable)]
#[diesel(table_name = throttles)]
pub(super) struct CounterRow {
    failures: i32,
    blocked_until: Option<DateTime<Utc>>,
    forgotten_at: DateTime<Utc>,
    pub(super) told: bool,
    pub(super) audited: bool,
}

impl CounterRow {
    pub(super) fn failures(&self) -> Failures {
        Failures { count: self.failures, blocked_until: self.blocked_until, forgotten_at: self.forgotten_at }
    }
}

/// Fails if one of these delays the next attempt.
pub(super) fn longest_wait(rows: &[CounterRow], now: DateTime<Utc>) -> Result<(), Error> {
    let wait = rows.iter().filter_map(|row| row.failures().wait(now)).max();
    match wait {
        Some(wait) => Err(Error::TooManyAttempts { wait: wait.to_std().unwrap_or_default(), first: false }),
        None => Ok(()),
    }
}

pub(super) fn in_order(counters: &[Counter]) -> Vec<&Counter> {
    let mut counters: Vec<_> = counters.iter().collect();
    counters.sort_unstable_by_key(|counter| counter.subject);
    counters.dedup_by_key(|counter| counter.subject);
    counters
}

/// The counter's row, inserted if there is none, locked until the transaction ends.
pub(super) async fn lock(
    connection: &mut AsyncPgConnection,
    counter: &Counter,
    now: DateTime<Utc>,
) -> Result<CounterRow, Error> {
    let none = Failures::none(now);
    let row = diesel::insert_into(throttles::table)
        .values((
            throttles::subject.eq(&counter.subject[..]),
            throttles::account.eq(counter.account.as_ref().map(|account| &account[..])),
            throttles::failures.eq(none.count),
            throttles::blocked_until.eq(none.blocked_until),
            throttles::forgotten_at.eq(none.forgotten_at),
            throttles::told.eq(false),
            throttles::audited.eq(false),
        ))
        .on_conflict(throttles::subject)
        .do_update()
        .set(throttles::failures.eq(throttles::failures))
        .returning(CounterRow::as_returning())
        .get_result(connection)
        .await?;
    Ok(row)
}

/// Counts one more failure.
pub(super) async fn count(
    connection: &mut AsyncPgConnection,
    counter: &Counter,
    row: &CounterRow,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let failures = row.failures().with_another(counter.limit, now);
    diesel::update(throttles::table.find(&counter.subject[..]))
        .set((
            throttles::failures.eq(failures.count),
            throttles::blocked_until.eq(failures.blocked_until),
            throttles::forgotten_at.eq(failures.forgotten_at),
            throttles::told.eq(row.told && failures.count > 1),
            throttles::audited.eq(false),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn refund(connection: &mut AsyncPgConnection, counter: &Counter) -> Result<(), Error> {
    let row = throttles::table.find(&counter.subject[..]);
    let Some(known) = found(row.select(CounterRow::as_select()).for_update().get_result(connection).await)? else {
        return Ok(());
    };
    let failures = known.failures().without_one(counter.limit);
    if failures.count == 0 {
        // A row without failures is not kept.
        diesel::delete(row).execute(connection).await?;
        return Ok(());
    }
    diesel::update(row)
        .set((
            throttles::failures.eq(failures.count),
            throttles::blocked_until.eq(failures.blocked_until),
            throttles::forgotten_at.eq(failures.forgotten_at),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

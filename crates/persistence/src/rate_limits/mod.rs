//! Rate limits. An attempt is counted before it is processed, in a transaction that decides whether it is allowed: of many
//! concurrent attempts no more are allowed than of sequential ones. An attempt that did not fail is refunded.
//!
//! A write that locks several rows locks the user's first, then those of counters in the order of their subjects.

mod counters;
mod row;
mod second_factor;
mod sign_in;

pub use counters::{Counter, PasswordCheckCounter, ProofCounters, SignInCounters, VerifiedOwner};
pub(crate) use second_factor::{ProofFor, proof_accepted, proof_refused};
pub(crate) use sign_in::{owner_verified, password_proved, sign_in_succeeded};

use crate::{
    Database, Error, WriteRequest,
    database::found,
    digest::Digest,
    schema::{familiar_addresses, throttles, users},
};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use row::{CounterRow, count, in_order, lock, longest_wait, refund};
use sign_in::show_rate_limit;
use usher_domain::audit::Event;
use uuid::Uuid;

/// How long an account knows an address after the last sign-in from it.
const KNOWN_ADDRESS_LIFETIME: TimeDelta = TimeDelta::days(90);

impl Database {
    /// Whether the user has signed in from the address of this subject.
    pub async fn is_known_address(&self, user: Option<Uuid>, address: &Digest) -> Result<bool, Error> {
        // The query is the same if the user does not exist.
        let row = familiar_addresses::table.find((user.unwrap_or_default(), &address[..]));
        let known = diesel::select(diesel::dsl::exists(row));
        self.read(async |connection| Ok(known.get_result(connection).await?)).await
    }

    /// Counts an attempt by each of these, unless one of them delays it: then by none.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`].
    pub async fn record_attempt(&self, counters: &[Counter]) -> Result<(), Error> {
        let refused = self
            .transaction(async |connection| {
                let now = self.clock.now();
                let mut rows = Vec::new();
                for counter in in_order(counters) {
                    rows.push((counter, lock(connection, counter, now).await?));
                }
                let waits = rows.iter().filter_map(|(_, row)| row.failures().wait(now));
                let Some(wait) = waits.max() else {
                    for (counter, row) in &rows {
                        count(connection, counter, row, now).await?;
                    }
                    return Ok(None);
                };
                let wait = wait.to_std().unwrap_or_default();
                let blocking = || rows.iter().filter(|(_, row)| row.failures().wait(now).is_some());
                if blocking().any(|(_, row)| row.audited) {
                    // Further refusals write nothing, however many there are.
                    return Err(Error::TooManyAttempts { wait, first: false });
                }
                let subjects: Vec<&[u8]> = blocking().map(|(counter, _)| &counter.subject[..]).collect();
                diesel::update(throttles::table.filter(throttles::subject.eq_any(subjects)))
                    .set(throttles::audited.eq(true))
                    .execute(connection)
                    .await?;
                Ok(Some(wait))
            })
            .await?;
        refused.map_or(Ok(()), |wait| Err(Error::TooManyAttempts { wait, first: true }))
    }

    /// Fails if one of these delays the next attempt. It counts nothing.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`].
    pub async fn check_rate_limit(&self, counters: &[Counter]) -> Result<(), Error> {
        let subjects: Vec<&[u8]> = counters.iter().map(|counter| &counter.subject[..]).collect();
        let rows: Vec<CounterRow> = self
            .read(async |connection| {
                let rows =
                    throttles::table.filter(throttles::subject.eq_any(&subjects)).select(CounterRow::as_select());
                Ok(rows.load(connection).await?)
            })
            .await?;
        longest_wait(&rows, self.clock.now())
    }

    /// Undoes the count of an attempt that succeeded or was not processed.
    pub async fn refund_attempt(&self, counters: &[Counter]) -> Result<(), Error> {
        self.transaction(async |connection| {
            for counter in in_order(counters) {
                refund(connection, counter).await?;
            }
            Ok(())
        })
        .await
    }

    /// A user has sent the right current password: the failed checks, which this counter counts, are cleared.
    pub async fn password_check_succeeded(&self, user: Uuid, check: &PasswordCheckCounter) -> Result<(), Error> {
        self.transaction(async |connection| {
            let rate_limited = users::table.find(user).select(users::slowed_until.is_not_null()).for_no_key_update();
            let rate_limited = found(rate_limited.get_result(connection).await)?;
            diesel::delete(throttles::table.find(&check.counter.subject[..])).execute(connection).await?;
            if rate_limited == Some(true) {
                show_rate_limit(connection, user, &check.shown, self.clock.now()).await?;
            }
            Ok(())
        })
        .await
    }

    /// A check of the current password, counted by this, has failed. The account shows it if there were too many.
    pub async fn password_check_failed(&self, user: Uuid, check: &PasswordCheckCounter) -> Result<(), Error> {
        self.transaction(async |connection| {
            let row = users::table.find(user).select(users::id).for_no_key_update();
            match found(row.get_result::<Uuid>(connection).await)? {
                Some(user) => show_rate_limit(connection, user, &check.shown, self.clock.now()).await,
                None => Ok(()),
            }
        })
        .await
    }

    /// Deletes the counters of the accounts of these subjects, which are all of this user, if the policy allows it.
    pub async fn lift_throttle(&self, request: &WriteRequest, id: Uuid, accounts: &[Digest]) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, id).await?;
            let accounts = accounts.iter().map(Digest::as_slice);
            diesel::delete(throttles::table.filter(throttles::account.eq_any(accounts))).execute(connection).await?;
            diesel::update(users::table.find(id))
                .set((users::slowed_until.eq(None::<DateTime<Utc>>), users::second_factor_failures.eq(0)))
                .execute(connection)
                .await?;
            locked.record(Event::ThrottleLifted, &[]).write(connection, &self.clock, &request.metadata).await
        })
        .await
    }
}

/// Deletes the counters of an account of the user, whose row is locked. The user is rate limited while one of `shown` is.
pub(crate) async fn forget(
    connection: &mut AsyncPgConnection,
    user: Uuid,
    account: Digest,
    shown: &[Digest],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    diesel::delete(throttles::table.filter(throttles::account.eq(&account[..]))).execute(connection).await?;
    show_rate_limit(connection, user, shown, now).await
}

/// Counts by each of these in the transaction of the write, so that a failed write is not counted.
///
/// # Errors
/// [`Error::TooManyAttempts`] if one of them delays it.
pub(crate) async fn count_all(
    connection: &mut AsyncPgConnection,
    counters: &[Counter],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    for counter in in_order(counters) {
        let row = lock(connection, counter, now).await?;
        longest_wait(std::slice::from_ref(&row), now)?;
        count(connection, counter, &row, now).await?;
    }
    Ok(())
}

/// Deletes expired counters and addresses that accounts no longer know; at most `most` of each.
pub(crate) async fn cleanup(connection: &mut AsyncPgConnection, now: DateTime<Utc>, most: i64) -> Result<usize, Error> {
    use diesel::{
        sql_query,
        sql_types::{BigInt, Timestamptz},
    };
    let forgotten = "DELETE FROM throttles WHERE subject IN (SELECT subject FROM throttles \
        WHERE forgotten_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let unfamiliar = "DELETE FROM familiar_addresses WHERE (user_id, address) IN (SELECT user_id, address \
        FROM familiar_addresses WHERE last_used_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let mut deleted = 0;
    for (statement, before) in [(forgotten, now), (unfamiliar, now - KNOWN_ADDRESS_LIFETIME)] {
        let statement = sql_query(statement).bind::<Timestamptz, _>(before);
        deleted += statement.bind::<BigInt, _>(most).execute(connection).await?;
    }
    Ok(deleted)
}

//! Failed guesses. A guess is counted before anybody looks whether it is right, in a transaction that decides whether it is
//! heard at all: of many at the same moment no more are heard than one after the other. One that was right is taken back.
//!
//! Of rows that one write locks, the user's comes first, then those here in the order of their subjects.

use crate::{
    Database, Error, WriteRequest,
    database::found,
    digest::Digest,
    mail::Mail,
    row::UserRow,
    schema::{familiar_addresses, throttles, users},
    write_request::RequestMetadata,
};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    MailKind, User,
    audit::Event,
    throttle::{Failures, Limit},
};
use uuid::Uuid;

/// For how long an address is familiar after the last sign-in from there.
const FAMILIAR: TimeDelta = TimeDelta::days(90);

/// By what failures are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// A keyed digest: what it stands for does not rest in the database.
    pub subject: Digest,
    /// The account that it belongs to, by the subject of that, if it belongs to one.
    pub account: Option<Digest>,
    pub limit: Limit,
}

impl Counter {
    /// The subjects of the counter and of its account.
    fn with_account(&self) -> Vec<Digest> {
        [self.subject].into_iter().chain(self.account).collect()
    }
}

/// By what a sign-in is counted.
#[derive(Debug, Clone)]
pub struct SignInCounters {
    /// The user whose name was offered; `None` where nobody has it, of whom nothing else is different.
    pub user: Option<Uuid>,
    pub account: Counter,
    pub address: Counter,
    /// The networks that the address is in.
    pub networks: Vec<Counter>,
    /// The account, as guessed from this address.
    pub here: Counter,
    /// This address, for guesses at accounts that it is familiar to.
    pub at_home: Counter,
    /// By what proofs of the account's current password are counted.
    pub proofs: Digest,
    /// Whether the account has been signed in to from this address before. A sign-in is then judged by the failures of the
    /// account at this address and of the address at its accounts alone: nobody elsewhere slows it.
    pub familiar: bool,
}

impl SignInCounters {
    /// Those that say whether a guess is heard; it is counted by them beforehand.
    pub fn judging(&self) -> Vec<Counter> {
        if self.familiar { vec![self.here, self.at_home] } else { self.of_strangers() }
    }

    /// The others, which it is counted by once it has failed.
    fn others(&self) -> Vec<Counter> {
        if self.familiar { self.of_strangers() } else { Vec::new() }
    }

    fn of_strangers(&self) -> Vec<Counter> {
        [&[self.account, self.address], &self.networks[..]].concat()
    }

    /// The subjects of what is counted of the account wherever it comes from.
    fn of_whole_account(&self) -> [Digest; 2] {
        [self.account.subject, self.proofs]
    }

    /// Whether a right sign-in clears the counter, and does not only take itself back.
    fn clears(&self, counter: &Counter) -> bool {
        [self.account.subject, self.here.subject].contains(&counter.subject)
    }
}

/// An account whose owner has proved who they are without a guess, and the address where they did; both by their subjects.
#[derive(Debug, Clone, Copy)]
pub struct Proven {
    pub account: Digest,
    pub address: Digest,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = throttles)]
struct Row {
    failures: i32,
    blocked_until: Option<DateTime<Utc>>,
    forgotten_at: DateTime<Utc>,
    told: bool,
    audited: bool,
}

impl Row {
    fn failures(&self) -> Failures {
        Failures { count: self.failures, blocked_until: self.blocked_until, forgotten_at: self.forgotten_at }
    }
}

impl Database {
    /// Whether the user has signed in from this address, given by its subject.
    pub async fn is_familiar(&self, user: Option<Uuid>, address: &Digest) -> Result<bool, Error> {
        // Who is nobody is looked for just the same.
        let row = familiar_addresses::table.find((user.unwrap_or_default(), &address[..]));
        let familiar = diesel::select(diesel::dsl::exists(row));
        self.read(async |connection| Ok(familiar.get_result(connection).await?)).await
    }

    /// Counts a guess by each of these, unless one of them has it wait: then by none.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`].
    pub async fn count_guess(&self, counters: &[Counter]) -> Result<(), Error> {
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
                    // Nothing is written for it, however many there are.
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

    /// Whether none of these has what it counts wait.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`].
    pub async fn heard(&self, counters: &[Counter]) -> Result<(), Error> {
        let subjects: Vec<&[u8]> = counters.iter().map(|counter| &counter.subject[..]).collect();
        let rows: Vec<Row> = self
            .read(async |connection| {
                let rows = throttles::table.filter(throttles::subject.eq_any(&subjects)).select(Row::as_select());
                Ok(rows.load(connection).await?)
            })
            .await?;
        longest_wait(&rows, self.clock.now())
    }

    /// Takes a guess back that was counted by these: it was right, or nobody has looked.
    pub async fn take_guess_back(&self, counters: &[Counter]) -> Result<(), Error> {
        self.transaction(async |connection| {
            for counter in in_order(counters) {
                take_back(connection, counter).await?;
            }
            Ok(())
        })
        .await
    }

    /// A user has proved their password: their failed proofs, all counted by this, are forgotten.
    pub async fn proof_succeeded(&self, user: Uuid, counter: &Counter) -> Result<(), Error> {
        self.transaction(async |connection| {
            let slowed = users::table.find(user).select(users::slowed_until.is_not_null()).for_no_key_update();
            let slowed = found(slowed.get_result(connection).await)?;
            diesel::delete(throttles::table.find(&counter.subject[..])).execute(connection).await?;
            if slowed == Some(true) {
                show_slowed(connection, user, &counter.with_account(), self.clock.now()).await?;
            }
            Ok(())
        })
        .await
    }

    /// A proof, counted by this, has failed: the account shows it where that makes one too many.
    pub async fn proof_failed(&self, user: Uuid, counter: &Counter) -> Result<(), Error> {
        self.transaction(async |connection| {
            let row = users::table.find(user).select(users::id).for_no_key_update();
            match found(row.get_result::<Uuid>(connection).await)? {
                Some(user) => show_slowed(connection, user, &counter.with_account(), self.clock.now()).await,
                None => Ok(()),
            }
        })
        .await
    }

    /// Forgets all that was counted of an account, given by its subject, if the policy allows it.
    pub async fn lift_throttle(&self, request: &WriteRequest, id: Uuid, account: &Digest) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, id).await?;
            let counted = throttles::table.filter(throttles::account.eq(&account[..]));
            diesel::delete(counted).execute(connection).await?;
            diesel::update(users::table.find(id))
                .set(users::slowed_until.eq(None::<DateTime<Utc>>))
                .execute(connection)
                .await?;
            locked.record(Event::ThrottleLifted, &[]).write(connection, &self.clock, &request.metadata).await
        })
        .await
    }

    /// A sign-in has failed: its account is slowed where that makes one too many, and the owner is told.
    pub(crate) async fn sign_in_failed(
        &self,
        connection: &mut AsyncPgConnection,
        counters: &SignInCounters,
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let user = users::table.find(counters.user.unwrap_or_default());
        let row = user.select(self.columns()).for_no_key_update().get_result::<UserRow>(connection).await;
        let owner = found(row)?.map(User::from);
        for counter in in_order(&counters.others()) {
            let row = lock(connection, counter, now).await?;
            count(connection, counter, &row, now).await?;
        }
        let account = throttles::table.find(&counters.account.subject[..]);
        let row = account.select(Row::as_select()).for_update().get_result(connection).await;
        let Some(row) = found(row)? else { return Ok(()) };
        if row.failures().slowed_until(counters.account.limit, now).is_none() {
            return Ok(());
        }
        if let Some(id) = counters.user {
            show_slowed(connection, id, &counters.of_whole_account(), now).await?;
        }
        if !row.told {
            diesel::update(account).set(throttles::told.eq(true)).execute(connection).await?;
            if let Some(owner) = owner {
                let notice = Mail::notice(MailKind::SignInsRefused, &owner.email);
                notice.queue(connection, self, metadata).await?;
            }
        }
        Ok(())
    }
}

/// A sign-in was right: the account's failures are forgotten, the address is familiar from now on, and only what this very
/// sign-in was counted is taken from the address and its networks, which others may have tried other accounts from. The user's
/// row is locked.
pub(crate) async fn sign_in_succeeded(
    connection: &mut AsyncPgConnection,
    counters: &SignInCounters,
    user: &User,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let counted = [&counters.judging()[..], &[counters.account, counters.here]].concat();
    for counter in in_order(&counted) {
        if counters.clears(counter) {
            diesel::delete(throttles::table.find(&counter.subject[..])).execute(connection).await?;
        } else {
            take_back(connection, counter).await?;
        }
    }
    if user.slowed {
        show_slowed(connection, user.id, &counters.of_whole_account(), now).await?;
    }
    make_familiar(connection, &counters.address.subject, user.id, now).await
}

/// The owner has proved who they are in another way: the account's failures are forgotten, and the address is familiar. The
/// user's row is locked.
pub(crate) async fn proven(
    connection: &mut AsyncPgConnection,
    proven: &Proven,
    user: Uuid,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let counted = throttles::table.filter(throttles::account.eq(&proven.account[..]));
    diesel::delete(counted).execute(connection).await?;
    make_familiar(connection, &proven.address, user, now).await
}

/// Has the row of the user, which is locked, show until when guesses at the account are slowed, as these counts of it say by now.
async fn show_slowed(
    connection: &mut AsyncPgConnection,
    user: Uuid,
    subjects: &[Digest],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let subjects: Vec<&[u8]> = subjects.iter().map(|subject| &subject[..]).collect();
    let counts: Vec<Row> =
        throttles::table.filter(throttles::subject.eq_any(subjects)).select(Row::as_select()).load(connection).await?;
    let until = counts.iter().filter_map(|row| row.failures().slowed_until(Limit::ACCOUNT, now)).max();
    diesel::update(users::table.find(user)).set(users::slowed_until.eq(until)).execute(connection).await?;
    Ok(())
}

async fn make_familiar(
    connection: &mut AsyncPgConnection,
    address: &Digest,
    user: Uuid,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let address = familiar_addresses::address.eq(&address[..]);
    diesel::insert_into(familiar_addresses::table)
        .values((familiar_addresses::user_id.eq(user), address, familiar_addresses::last_used_at.eq(now)))
        .on_conflict((familiar_addresses::user_id, familiar_addresses::address))
        .do_update()
        .set(familiar_addresses::last_used_at.eq(now))
        .execute(connection)
        .await?;
    Ok(())
}

/// Counts by each of these, in the transaction of what is counted: what does not happen is not counted.
///
/// # Errors
/// [`Error::TooManyAttempts`] where one of them has it wait.
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

/// An error where one of these has what it counts wait.
fn longest_wait(rows: &[Row], now: DateTime<Utc>) -> Result<(), Error> {
    let wait = rows.iter().filter_map(|row| row.failures().wait(now)).max();
    match wait {
        Some(wait) => Err(Error::TooManyAttempts { wait: wait.to_std().unwrap_or_default(), first: false }),
        None => Ok(()),
    }
}

fn in_order(counters: &[Counter]) -> Vec<&Counter> {
    let mut counters: Vec<_> = counters.iter().collect();
    counters.sort_unstable_by_key(|counter| counter.subject);
    counters.dedup_by_key(|counter| counter.subject);
    counters
}

/// The counter's row, made where there is none, locked until the transaction ends.
async fn lock(connection: &mut AsyncPgConnection, counter: &Counter, now: DateTime<Utc>) -> Result<Row, Error> {
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
        .returning(Row::as_returning())
        .get_result(connection)
        .await?;
    Ok(row)
}

/// Counts one more failure.
async fn count(
    connection: &mut AsyncPgConnection,
    counter: &Counter,
    row: &Row,
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

async fn take_back(connection: &mut AsyncPgConnection, counter: &Counter) -> Result<(), Error> {
    let row = throttles::table.find(&counter.subject[..]);
    let Some(known) = found(row.select(Row::as_select()).for_update().get_result(connection).await)? else {
        return Ok(());
    };
    let failures = known.failures().without_one(counter.limit);
    if failures.count == 0 {
        // Nothing is left behind by what was right or was refused.
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

/// Removes counts that are forgotten and addresses that are familiar no more; at most `most` of each.
pub(crate) async fn cleanup(connection: &mut AsyncPgConnection, now: DateTime<Utc>, most: i64) -> Result<usize, Error> {
    use diesel::{
        sql_query,
        sql_types::{BigInt, Timestamptz},
    };
    let forgotten = "DELETE FROM throttles WHERE subject IN (SELECT subject FROM throttles \
        WHERE forgotten_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let unfamiliar = "DELETE FROM familiar_addresses WHERE (user_id, address) IN (SELECT user_id, address \
        FROM familiar_addresses WHERE last_used_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let mut gone = 0;
    for (statement, before) in [(forgotten, now), (unfamiliar, now - FAMILIAR)] {
        let statement = sql_query(statement).bind::<Timestamptz, _>(before);
        gone += statement.bind::<BigInt, _>(most).execute(connection).await?;
    }
    Ok(gone)
}

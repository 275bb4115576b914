//! The results of sign-ins, in their transactions.

use super::{
    Counter, SignInCounters, VerifiedOwner,
    row::{CounterRow, count, in_order, lock, refund},
};
use crate::{
    Database, Error,
    database::found,
    digest::Digest,
    mail::Mail,
    row::UserRow,
    schema::{familiar_addresses, throttles, users},
    write_request::RequestMetadata,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::collections::BTreeMap;
use usher_domain::{MailKind, User, rate_limit::Limit};
use uuid::Uuid;

impl Database {
    /// A sign-in has failed. If too many have, the account is rate limited and the owner is informed by mail.
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
        for counter in in_order(&counters.counters_after_failure()) {
            let row = lock(connection, counter, now).await?;
            count(connection, counter, &row, now).await?;
        }
        let account = throttles::table.find(&counters.account.subject[..]);
        let row = account.select(CounterRow::as_select()).for_update().get_result(connection).await;
        let Some(row) = found(row)? else { return Ok(()) };
        if row.failures().rate_limited_until(counters.account.limit, now).is_none() {
            return Ok(());
        }
        if let Some(id) = counters.user {
            show_rate_limit(connection, id, &counters.shown, now).await?;
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

/// A sign-in has succeeded: the account's failures are forgotten, and it knows the address from now on. From the address
/// and its networks only this sign-in is subtracted, because others may have tried other accounts from there. The user's
/// row is locked.
pub(crate) async fn sign_in_succeeded(
    connection: &mut AsyncPgConnection,
    counters: &SignInCounters,
    user: &User,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    settle(connection, &counters.blocking_counters(), &counters.cleared()).await?;
    if user.rate_limited {
        show_rate_limit(connection, user.id, &counters.shown, now).await?;
    }
    remember_address(connection, &counters.address.subject, user.id, now).await
}

/// The password was right, and the sign-in waits for its second step: the attempt is refunded, and no failure is forgotten.
pub(crate) async fn password_proved(
    connection: &mut AsyncPgConnection,
    counters: &SignInCounters,
) -> Result<(), Error> {
    settle(connection, &counters.blocking_counters(), &[]).await
}

/// Deletes the counters with the subjects in `cleared`, and removes an attempt from the others by which it was counted.
pub(super) async fn settle(
    connection: &mut AsyncPgConnection,
    counted: &[Counter],
    cleared: &[Digest],
) -> Result<(), Error> {
    let refunded = counted.iter().map(|counter| (counter.subject, Some(counter)));
    let mut settled: BTreeMap<Digest, Option<&Counter>> = refunded.collect();
    settled.extend(cleared.iter().map(|subject| (*subject, None)));
    for (subject, refunded) in settled {
        match refunded {
            Some(refunded) => refund(connection, refunded).await?,
            None => {
                diesel::delete(throttles::table.find(&subject[..])).execute(connection).await?;
            }
        }
    }
    Ok(())
}

/// The owner has proved who they are without a password: the account's failed passwords are forgotten, and it knows the
/// address. Failures of second factors are not forgotten. The user's row is locked.
pub(crate) async fn owner_verified(
    connection: &mut AsyncPgConnection,
    owner: &VerifiedOwner,
    user: Uuid,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let counted = throttles::table.filter(throttles::account.eq(&owner.account[..]));
    diesel::delete(counted).execute(connection).await?;
    show_rate_limit(connection, user, &owner.shown, now).await?;
    remember_address(connection, &owner.address, user, now).await
}

/// Writes into the user's row, which is locked, until when attempts at the account are rate limited by its current counters.
pub(super) async fn show_rate_limit(
    connection: &mut AsyncPgConnection,
    user: Uuid,
    subjects: &[Digest],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let subjects: Vec<&[u8]> = subjects.iter().map(|subject| &subject[..]).collect();
    let counts: Vec<CounterRow> = throttles::table
        .filter(throttles::subject.eq_any(subjects))
        .select(CounterRow::as_select())
        .load(connection)
        .await?;
    let until = counts.iter().filter_map(|row| row.failures().rate_limited_until(Limit::ACCOUNT, now)).max();
    diesel::update(users::table.find(user)).set(users::slowed_until.eq(until)).execute(connection).await?;
    Ok(())
}

pub(super) async fn remember_address(
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

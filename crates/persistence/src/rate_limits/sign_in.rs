//! The results of sign-ins, in their transactions.

use super::{
    SignInCounters, VerifiedOwner,
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
            show_rate_limit(connection, id, &counters.account_subjects(), now).await?;
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
    let counted = [&counters.blocking_counters()[..], &[counters.account, counters.account_at_address]].concat();
    for counter in in_order(&counted) {
        if counters.clears(counter) {
            diesel::delete(throttles::table.find(&counter.subject[..])).execute(connection).await?;
        } else {
            refund(connection, counter).await?;
        }
    }
    if user.rate_limited {
        show_rate_limit(connection, user.id, &counters.account_subjects(), now).await?;
    }
    remember_address(connection, &counters.address.subject, user.id, now).await
}

/// The owner has proved who they are without a password: the account's failures are forgotten, and it knows the address. The
/// user's row is locked.
pub(crate) async fn owner_verified(
    connection: &mut AsyncPgConnection,
    owner: &VerifiedOwner,
    user: Uuid,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let counted = throttles::table.filter(throttles::account.eq(&owner.account[..]));
    diesel::delete(counted).execute(connection).await?;
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

async fn remember_address(
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

//! How proofs of second factors are counted, after they were accepted or refused, in their transactions. They are counted apart
//! from passwords.

use super::{
    ProofCounters,
    row::{CounterRow, count, in_order, lock},
    sign_in::{remember_address, settle, show_rate_limit},
};
use crate::{Error, database::found, digest::Digest, schema::throttles};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::User;

/// What a proof completes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProofFor {
    SignIn,
    StepUp,
}

/// A proof of the user, whose row is locked, was refused. The account shows it if there were too many.
pub(crate) async fn proof_refused(
    connection: &mut AsyncPgConnection,
    user: &User,
    ProofCounters { proof, .. }: &ProofCounters,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    for counter in in_order(&proof.counters_after_failure()) {
        let row = lock(connection, counter, now).await?;
        count(connection, counter, &row, now).await?;
    }
    let account = throttles::table.find(&proof.account.subject[..]).select(CounterRow::as_select());
    let row = found(account.get_result(connection).await)?;
    if row.is_some_and(|row| row.failures().rate_limited_until(proof.account.limit, now).is_some()) {
        show_rate_limit(connection, user.id, &proof.shown, now).await?;
    }
    Ok(())
}

/// A proof of the user, whose row is locked, was accepted: the failures of all kinds of factors are forgotten, and with a sign-in
/// those of passwords. The account knows the address of a sign-in from now on. From the address and its networks only this proof
/// is subtracted.
pub(crate) async fn proof_accepted(
    connection: &mut AsyncPgConnection,
    user: &User,
    sent_for: ProofFor,
    ProofCounters { proof, second_factors, sign_in }: &ProofCounters,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let of_user = throttles::table.filter(throttles::account.eq(&second_factors[..])).select(throttles::subject);
    let of_user: Vec<Vec<u8>> = of_user.load(connection).await?;
    let mut cleared: Vec<Digest> = of_user.into_iter().filter_map(|subject| subject.try_into().ok()).collect();
    if sent_for == ProofFor::SignIn {
        // The attempt at the password was refunded when it turned out to be right.
        cleared.extend(sign_in.cleared());
    }
    settle(connection, &proof.blocking_counters(), &cleared).await?;
    if user.rate_limited {
        show_rate_limit(connection, user.id, &proof.shown, now).await?;
    }
    match sent_for {
        ProofFor::SignIn => remember_address(connection, &sign_in.address.subject, user.id, now).await,
        ProofFor::StepUp => Ok(()),
    }
}

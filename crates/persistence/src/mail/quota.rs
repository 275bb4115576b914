//! The quota of an address: how many mails of each kind it gets in a time.

use super::prepare::QueuedMail;
use crate::{Error, cached_statement::CachedStatement, database::found, schema::outbox};
use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_query, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::MailKind;

/// Locks the mail and returns when it was counted against the quota, if it was. `None` if the mail was withdrawn.
pub(super) async fn lock_counted_at(
    mut connection: &AsyncPgConnection,
    mail: &QueuedMail,
) -> Result<Option<Option<DateTime<Utc>>>, Error> {
    let waiting = outbox::table.find(mail.id).filter(outbox::due_at.is_not_null());
    found(waiting.select(outbox::counted_at).for_update().get_result(&mut connection).await)
}

/// Makes other senders of mails to the same address wait until this transaction ends.
pub(super) async fn lock_address(mut connection: &AsyncPgConnection, mail: &QueuedMail) -> Result<(), Error> {
    let lock = sql_query("SELECT pg_advisory_xact_lock(hashtextextended('usher.mail.' || $1, 0))")
        .bind::<sql_types::Text, _>(&mail.address_key);
    CachedStatement(lock).execute(&mut connection).await?;
    Ok(())
}

/// Whether the address, which is locked, may get another mail of this kind.
pub(super) async fn allows(
    mut connection: &AsyncPgConnection,
    mail: &QueuedMail,
    kind: MailKind,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let (most, within) = kind.quota();
    let mut counted = outbox::table
        .filter(outbox::address_key.eq(&mail.address_key))
        .filter(outbox::kind.eq(kind.as_str()))
        .filter(outbox::counted_at.gt(now - within))
        .count()
        .into_boxed();
    if kind == MailKind::ResetPassword {
        // A mail for a user was counted when an admin requested it. Requests by admins and by strangers have separate quotas.
        if mail.user_id.is_some() {
            return Ok(true);
        }
        counted = counted.filter(outbox::user_id.is_null());
    }
    let counted: i64 = counted.get_result(&mut connection).await?;
    Ok(counted < most)
}

/// Counts the mail against the quota of its address.
pub(super) async fn count(
    mut connection: &AsyncPgConnection,
    mail: &QueuedMail,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let counted = diesel::update(outbox::table.find(mail.id)).set(outbox::counted_at.eq(now));
    CachedStatement(counted).execute(&mut connection).await?;
    Ok(())
}

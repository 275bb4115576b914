//! Links are invalidated: those that were mailed, and those in mails that are still queued.
//!
//! A writer locks the row of the user before it calls these functions, and the sender of a mail locks it before it stores a
//! token. A mail that is prepared at the same moment has either stored its token, which is deleted here, or finds that its
//! row has been deleted.

use super::MAIL_JOB;
use crate::{
    Error,
    schema::{jobs, mailed_tokens, outbox, users},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{EmailAddress, MailKind, Purpose, User, audit::Change};
use uuid::Uuid;

/// Deletes the mailed tokens of a user, and the queued mails with links. Links that verify the address `except` stay valid:
/// they prove that somebody reads that address, and give no access.
pub(crate) async fn withdraw_links(
    connection: &mut AsyncPgConnection,
    user: &User,
    except: Option<&EmailAddress>,
) -> Result<(), Error> {
    // An address is never empty.
    let except = except.map_or("", EmailAddress::as_str);
    let tokens = mailed_tokens::table
        .filter(mailed_tokens::user_id.eq(user.id))
        .filter(mailed_tokens::purpose.ne(Purpose::VerifyEmail.as_str()).or(mailed_tokens::address.ne(except)));
    diesel::delete(tokens).execute(connection).await?;
    let kinds = MailKind::ALL.iter().copied().filter(|kind| kind.link().is_some()).map(MailKind::as_str);
    // A reset that was requested by address has no user.
    let theirs =
        outbox::user_id.eq(user.id).or(outbox::user_id.is_null().and(outbox::address_key.eq(user.email.key())));
    let queued = outbox::table
        .filter(outbox::due_at.is_not_null())
        .filter(outbox::kind.eq_any(kinds.collect::<Vec<_>>()))
        .filter(theirs.assume_not_null())
        .filter(outbox::kind.ne(MailKind::VerifyEmail.as_str()).or(outbox::address.ne(except)));
    let withdrawn: Vec<Uuid> = diesel::delete(queued).returning(outbox::id).get_results(connection).await?;
    if !withdrawn.is_empty() {
        let their_jobs = jobs::table.filter(jobs::kind.eq(MAIL_JOB)).filter(jobs::id.eq_any(withdrawn));
        diesel::delete(their_jobs).execute(connection).await?;
    }
    Ok(())
}

/// Removes the pending address of a user. Returns the change for the audit event.
pub(crate) async fn withdraw_pending_email(
    connection: &mut AsyncPgConnection,
    user: &User,
    now: DateTime<Utc>,
) -> Result<Option<Change>, Error> {
    let change = pending_email_withdrawn(user);
    if change.is_some() {
        diesel::update(users::table.find(user.id))
            .set((
                users::pending_email.eq(None::<String>),
                users::version.eq(users::version + 1),
                users::updated_at.eq(now),
            ))
            .execute(connection)
            .await?;
    }
    Ok(change)
}

/// The change in the audit event if `pending_email` is removed. Events of a new password imply it, and do not list it.
pub(crate) fn pending_email_withdrawn(user: &User) -> Option<Change> {
    user.pending_email.as_ref().map(|_| Change::of("pending_email"))
}

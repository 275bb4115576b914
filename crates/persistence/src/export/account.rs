//! The account: the user, their mail and their mailed links.

use crate::{
    Error,
    database::found,
    row::{UserRow, columns},
    schema::{audit_events, jobs, mailed_tokens, outbox, users},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{EmailAddress, User};
use uuid::Uuid;

/// The user, their mail and their mailed links.
#[derive(Debug)]
pub struct Account {
    pub user: User,
    /// The moment that the export is of.
    pub at: DateTime<Utc>,
    /// Mail to the user's addresses that is queued or was sent recently.
    pub mail: Vec<ExportedMail>,
    /// The mailed links that are still valid.
    pub links: Vec<ExportedLink>,
}

/// A mail in the outbox.
#[derive(Debug)]
pub struct ExportedMail {
    pub kind: String,
    pub address: String,
    pub created_at: DateTime<Utc>,
    /// When it is due; `None` if it was sent.
    pub due_at: Option<DateTime<Utc>>,
    /// The client address of the request that caused it.
    pub origin: Option<String>,
    /// Whether that request was made by another user.
    pub by_another: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct MailRow {
    kind: String,
    address: String,
    created_at: DateTime<Utc>,
    due_at: Option<DateTime<Utc>>,
    origin: Option<String>,
    request_id: Option<Uuid>,
}

/// A mailed token, without the token.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = mailed_tokens)]
pub struct ExportedLink {
    pub purpose: String,
    pub address: String,
    pub expires_at: DateTime<Utc>,
}

/// The account of a user; `None` if the user does not exist.
pub(super) async fn read(
    connection: &mut AsyncPgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Account>, Error> {
    // Whether it is the last admin is not exported.
    let user = users::table.find(id).select(columns(now, false)).get_result::<UserRow>(connection).await;
    let Some(user) = found(user)?.map(User::from) else { return Ok(None) };
    let (mail, links) = (mail(connection, &user).await?, links(connection, id, now).await?);
    Ok(Some(Account { user, at: now, mail, links }))
}

async fn links(
    connection: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<ExportedLink>, Error> {
    let links = mailed_tokens::table
        .filter(mailed_tokens::user_id.eq(user_id))
        .filter(mailed_tokens::expires_at.gt(now))
        .order(mailed_tokens::expires_at)
        .select(ExportedLink::as_select());
    Ok(links.load(connection).await?)
}

async fn mail(connection: &mut AsyncPgConnection, user: &User) -> Result<Vec<ExportedMail>, Error> {
    let keys: Vec<String> =
        [Some(&user.email), user.pending_email.as_ref()].into_iter().flatten().map(EmailAddress::key).collect();
    let theirs = outbox::user_id.eq(user.id).or(outbox::user_id.is_null().and(outbox::address_key.eq_any(keys)));
    let mail = outbox::table
        .left_join(jobs::table.on(jobs::id.eq(outbox::id)))
        .filter(theirs.assume_not_null())
        .order(outbox::id)
        .select((MailRow::as_select(), jobs::run_at.nullable()));
    let rows: Vec<(MailRow, Option<DateTime<Utc>>)> = mail.load(connection).await?;
    // A mail that has not been sent is due when its job runs.
    let due =
        |row: MailRow, run_at: Option<_>| MailRow { due_at: row.due_at.map(|due_at| run_at.unwrap_or(due_at)), ..row };
    let rows: Vec<MailRow> = rows.into_iter().map(|(row, run_at)| due(row, run_at)).collect();
    let by_others = requests_of_others(connection, user, &rows).await?;
    Ok(rows
        .into_iter()
        .map(|MailRow { kind, address, created_at, due_at, origin, request_id }| ExportedMail {
            kind,
            address,
            created_at,
            due_at,
            origin,
            by_another: request_id.is_some_and(|id| by_others.contains(&id)),
        })
        .collect())
}

/// Which of the requests that caused this mail were made by other users. Each of them has an audit event, which says so.
async fn requests_of_others(
    connection: &mut AsyncPgConnection,
    user: &User,
    mail: &[MailRow],
) -> Result<Vec<Uuid>, Error> {
    let requests: Vec<Uuid> = mail.iter().filter_map(|mail| mail.request_id).collect();
    let by_others = audit_events::table
        .filter(audit_events::target_id.eq(user.id))
        .filter(audit_events::request_id.eq_any(requests))
        .filter(audit_events::actor_id.ne(user.id))
        .select(audit_events::request_id.assume_not_null());
    Ok(by_others.load(connection).await?)
}

//! Everything that is kept about a user, as of one moment.
//!
//! It is read a part at a time, each when the one before it has been taken, so that a long trail is never in memory as a
//! whole. An export holds a connection until it ends, however long that takes. So few exports may run at once, one for each
//! user, and each part must be taken soon.

use crate::{
    Database, Error,
    audit::EventRow,
    database::found,
    row::{UserRow, columns},
    schema::{audit_events, mailed_tokens, outbox, sessions, users},
    sessions::SessionRow,
};
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::time::Duration;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tracing::Instrument;
use usher_domain::{EmailAddress, Session, User, audit::AuditEvent};
use uuid::Uuid;

/// Rows in one part.
const PART_ROWS: i64 = 500;
/// Longest that a part may wait to be taken: less than the time that the database lets a transaction idle.
const PART_TIMEOUT: Duration = Duration::from_secs(8);
/// Longest that an export waits for a slot.
const SLOT_TIMEOUT: Duration = Duration::from_secs(2);

/// What is kept about a user.
#[derive(Debug)]
pub struct Export {
    pub account: Account,
    /// The rest, to be taken without delay.
    pub parts: mpsc::Receiver<Result<Part, Error>>,
}

/// A part of the rest. They come in this order, and without the end something is missing.
#[derive(Debug)]
pub enum Part {
    /// Sessions that are alive, oldest first.
    Sessions(Vec<Session>),
    /// What was done by the user or to them, in the order it happened.
    AuditEvents(Vec<AuditEvent>),
    End,
}

/// The user, and what they have been mailed.
#[derive(Debug)]
pub struct Account {
    pub user: User,
    /// When all this was so.
    pub at: DateTime<Utc>,
    /// Mail to the user's addresses that waits, or went out a short time ago.
    pub mail: Vec<KeptMail>,
    /// What the mailed links that can still be followed are good for.
    pub links: Vec<KeptLink>,
}

/// A mail in the outbox.
#[derive(Debug)]
pub struct KeptMail {
    pub kind: String,
    pub address: String,
    pub created_at: DateTime<Utc>,
    /// When it is tried next; `None` where it was sent.
    pub due_at: Option<DateTime<Utc>>,
    /// Where the request came from that asked for it.
    pub origin: Option<String>,
    /// Whether that request was an admin's, who is not the user.
    pub by_another_admin: bool,
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
pub struct KeptLink {
    pub purpose: String,
    pub address: String,
    pub expires_at: DateTime<Utc>,
}

impl Database {
    /// Everything that is kept about a user; `None` where there is no such user. It stops where a part is not taken for long.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where too many are exporting. What goes wrong later comes as the last part.
    pub async fn export_user(&self, id: Uuid) -> Result<Option<Export>, Error> {
        let Ok(slot) = timeout(SLOT_TIMEOUT, self.exports.acquire(id)).await else {
            return Err(Error::Unavailable("too many exports are under way".to_owned()));
        };
        let slot = slot?;
        let (told, account) = oneshot::channel();
        let (sender, parts) = mpsc::channel(1);
        let database = self.clone();
        let export = async move {
            let reader = Reader { user: id, now: database.clock.now() };
            let read = database.long_snapshot(async |connection| {
                let Some(account) = reader.account(connection).await? else { return Ok(()) };
                // Who asked may have gone away; then nobody takes the parts either.
                drop(told.send(account));
                reader.rest(connection, &sender).await
            });
            if let Err(error) = read.await {
                drop(give(&sender, Err(error)).await);
            }
            drop(slot);
        };
        tokio::spawn(export.in_current_span());
        match account.await {
            Ok(account) => Ok(Some(Export { account, parts })),
            Err(_) => Self::no_account(parts).await,
        }
    }

    /// There is no such user, unless something went wrong.
    async fn no_account(mut parts: mpsc::Receiver<Result<Part, Error>>) -> Result<Option<Export>, Error> {
        match parts.recv().await {
            Some(Err(error)) => Err(error),
            _ => Ok(None),
        }
    }
}

/// Hands a part over, as long as there is somebody who takes it.
async fn give(sender: &mpsc::Sender<Result<Part, Error>>, part: Result<Part, Error>) -> Result<(), Error> {
    let given = sender.send_timeout(part, PART_TIMEOUT).await;
    given.map_err(|_| Error::Unavailable("what was exported was not taken".to_owned()))
}

/// Reads what is kept about a user.
struct Reader {
    user: Uuid,
    now: DateTime<Utc>,
}

impl Reader {
    async fn account(&self, connection: &mut AsyncPgConnection) -> Result<Option<Account>, Error> {
        // Whether it is the last admin is not exported.
        let user =
            users::table.find(self.user).select(columns(self.now, false)).get_result::<UserRow>(connection).await;
        let Some(user) = found(user)?.map(User::from) else { return Ok(None) };
        let (mail, links) = (mail(connection, &user).await?, self.links(connection).await?);
        Ok(Some(Account { user, at: self.now, mail, links }))
    }

    async fn links(&self, connection: &mut AsyncPgConnection) -> Result<Vec<KeptLink>, Error> {
        let links = mailed_tokens::table
            .filter(mailed_tokens::user_id.eq(self.user))
            .filter(mailed_tokens::expires_at.gt(self.now))
            .order(mailed_tokens::expires_at)
            .select(KeptLink::as_select());
        Ok(links.load(connection).await?)
    }

    async fn rest(
        &self,
        connection: &mut AsyncPgConnection,
        sender: &mpsc::Sender<Result<Part, Error>>,
    ) -> Result<(), Error> {
        let mut after = Uuid::nil();
        loop {
            let sessions = self.sessions(connection, after).await?;
            let Some(last) = sessions.last() else { break };
            after = last.id;
            give(sender, Ok(Part::Sessions(sessions))).await?;
        }
        let mut after = Uuid::nil();
        loop {
            let events = self.audit_events(connection, after).await?;
            let Some(last) = events.last() else { break };
            after = last.id;
            give(sender, Ok(Part::AuditEvents(events))).await?;
        }
        give(sender, Ok(Part::End)).await
    }

    async fn sessions(&self, connection: &mut AsyncPgConnection, after: Uuid) -> Result<Vec<Session>, Error> {
        let sessions = sessions::table
            .filter(sessions::user_id.eq(self.user))
            .filter(sessions::expires_at.gt(self.now))
            .filter(sessions::id.gt(after))
            .order(sessions::id)
            .limit(PART_ROWS)
            .select(SessionRow::as_select());
        Ok(sessions.load(connection).await?.into_iter().map(Session::from).collect())
    }

    /// Each half walks an index of its own; what the user did to themself is in both, and once in their union.
    async fn audit_events(&self, connection: &mut AsyncPgConnection, after: Uuid) -> Result<Vec<AuditEvent>, Error> {
        let statement = "(SELECT * FROM audit_events WHERE target_id = $1 AND id > $2 ORDER BY id LIMIT $3) UNION \
            (SELECT * FROM audit_events WHERE actor_id = $1 AND id > $2 ORDER BY id LIMIT $3) ORDER BY id LIMIT $3";
        let rows: Vec<EventRow> = sql_query(statement)
            .bind::<SqlUuid, _>(self.user)
            .bind::<SqlUuid, _>(after)
            .bind::<BigInt, _>(PART_ROWS)
            .get_results(connection)
            .await?;
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    }
}

async fn mail(connection: &mut AsyncPgConnection, user: &User) -> Result<Vec<KeptMail>, Error> {
    let keys: Vec<String> =
        [Some(&user.email), user.pending_email.as_ref()].into_iter().flatten().map(EmailAddress::key).collect();
    let theirs = outbox::user_id.eq(user.id).or(outbox::user_id.is_null().and(outbox::address_key.eq_any(keys)));
    let mail = outbox::table.filter(theirs.assume_not_null()).order(outbox::id).select(MailRow::as_select());
    let rows: Vec<MailRow> = mail.load(connection).await?;
    let by_admins = requests_of_other_admins(connection, user, &rows).await?;
    Ok(rows
        .into_iter()
        .map(|MailRow { kind, address, created_at, due_at, origin, request_id }| KeptMail {
            kind,
            address,
            created_at,
            due_at,
            origin,
            by_another_admin: request_id.is_some_and(|id| by_admins.contains(&id)),
        })
        .collect())
}

/// Which of the requests that this mail is the consequence of were made by admins. The trail knows: each stands there too.
async fn requests_of_other_admins(
    connection: &mut AsyncPgConnection,
    user: &User,
    mail: &[MailRow],
) -> Result<Vec<Uuid>, Error> {
    let requests: Vec<Uuid> = mail.iter().filter_map(|mail| mail.request_id).collect();
    let by_admins = audit_events::table
        .filter(audit_events::target_id.eq(user.id))
        .filter(audit_events::request_id.eq_any(requests))
        .filter(audit_events::actor_is_admin)
        .filter(audit_events::actor_id.ne(user.id))
        .select(audit_events::request_id.assume_not_null());
    Ok(by_admins.load(connection).await?)
}

//! Mail leaves the outbox: claimed by one of many senders, prepared, and marked as sent.

use crate::{
    Database, Error,
    audit::Record,
    cached_statement::CachedStatement,
    database::found,
    row::UserRow,
    schema::{mailed_tokens, outbox, users},
    write_request::RequestMetadata,
};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{prelude::*, sql_query, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{EmailAddress, MailKind, Status, User, audit::Event};
use uuid::Uuid;

/// A mail that is this sender's until its lease ends.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub struct Claimed {
    pub id: Uuid,
    kind: String,
    user_id: Option<Uuid>,
    address: String,
    address_key: String,
    pub created_at: DateTime<Utc>,
    /// How often it has been tried, this time included.
    pub attempts: i32,
    origin: Option<String>,
    request_id: Option<Uuid>,
}

/// A mail that shall go out now.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub kind: MailKind,
    pub address: EmailAddress,
}

/// The mails that have not gone out yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    pub mails: u64,
    /// Since when the oldest of them waits.
    pub since: Option<DateTime<Utc>>,
}

/// What is kept of the token that a link brings.
#[derive(Insertable)]
#[diesel(table_name = mailed_tokens, treat_none_as_default_value = false)]
struct Token<'a> {
    digest: &'a [u8],
    purpose: &'static str,
    user_id: Uuid,
    address: &'a str,
    expires_at: DateTime<Utc>,
}

impl Token<'_> {
    async fn insert(self, mut connection: &AsyncPgConnection) -> Result<(), Error> {
        diesel::insert_into(mailed_tokens::table).values(self).execute(&mut connection).await?;
        Ok(())
    }
}

impl Database {
    /// What waits in the outbox, those on their way included.
    pub async fn mail_backlog(&self) -> Result<Backlog, Error> {
        let waiting = outbox::table.filter(outbox::due_at.is_not_null());
        let backlog = waiting.select((diesel::dsl::count_star(), diesel::dsl::min(outbox::created_at)));
        let (mails, since): (i64, Option<DateTime<Utc>>) =
            self.read(async |connection| Ok(backlog.get_result(connection).await?)).await?;
        Ok(Backlog { mails: mails.unsigned_abs(), since })
    }

    /// The mail that has been due for longest and that nobody else is sending; nobody else will until `lease` is over. A
    /// sender that dies in between leaves it to another.
    pub async fn claim_mail(&self, lease: TimeDelta) -> Result<Option<Claimed>, Error> {
        let now = self.clock.now();
        let due = diesel::alias!(outbox as due);
        let next = due
            .filter(due.field(outbox::due_at).le(now))
            .order((due.field(outbox::due_at), due.field(outbox::id)))
            .select(due.field(outbox::id))
            .limit(1)
            .for_update()
            .skip_locked();
        let claim = diesel::update(outbox::table.filter(outbox::id.eq_any(next)))
            .set((outbox::due_at.eq(now + lease), outbox::attempts.eq(outbox::attempts + 1)))
            .returning(Claimed::as_returning());
        self.with_connection(async |connection| found(CachedStatement(claim).get_result(connection).await)).await
    }

    /// Looks once more whether the mail shall go out: its link must still be of use, and its address not have had its
    /// share. If so, `digest` is kept of the token that it will bring; if not, the mail is dropped.
    pub async fn prepare_mail(&self, claimed: &Claimed, digest: &[u8]) -> Result<Option<Outgoing>, Error> {
        self.transaction(async |connection| {
            let outgoing = match MailKind::from_name(&claimed.kind) {
                Some(kind) => self.outgoing(connection, claimed, kind, digest).await?,
                None => None,
            };
            if outgoing.is_none() {
                tracing::info!(mail = %claimed.id, kind = claimed.kind, "a mail is not sent: it is of no use, or one too many");
                diesel::delete(outbox::table.find(claimed.id)).execute(connection).await?;
            }
            Ok(outgoing)
        })
        .await
    }

    async fn outgoing(
        &self,
        connection: &mut AsyncPgConnection,
        claimed: &Claimed,
        kind: MailKind,
        digest: &[u8],
    ) -> Result<Option<Outgoing>, Error> {
        let now = self.clock.now();
        let connection = &*connection;
        // Sent one behind the other without waiting. The user before the mail, as every write that drops mail locks them.
        let (recipient, counted_at, turn) = tokio::join!(
            biased;
            self.recipient(connection, claimed, kind),
            counted_at(connection, claimed),
            take_turn(connection, claimed)
        );
        let (recipient, counted_at) = (recipient?, counted_at?);
        turn?;
        if kind.link().is_some() && recipient.is_none() {
            return Ok(None);
        }
        let Some(counted_at) = counted_at else { return Ok(None) };
        if counted_at.is_none() && !has_share(connection, claimed, kind, now).await? {
            return Ok(None);
        }
        let count = async {
            if counted_at.is_some() {
                return Ok(());
            }
            count(connection, claimed, now).await?;
            let (None, Some((user, _))) = (claimed.user_id, &recipient) else { return Ok(()) };
            let record = Record::success(Event::PasswordResetRequested, user.id);
            record.write(connection, &self.clock, &claimed.origin()).await
        };
        let keep = async {
            let (Some((purpose, lifetime)), Some((user, address))) = (kind.link(), &recipient) else { return Ok(()) };
            let token = Token {
                digest,
                purpose: purpose.as_str(),
                user_id: user.id,
                address: address.as_str(),
                expires_at: now + lifetime,
            };
            token.insert(connection).await
        };
        let (counted, kept) = tokio::join!(biased; count, keep);
        counted?;
        kept?;
        let address = recipient.map_or_else(|| EmailAddress::stored(claimed.address.clone()), |(_, address)| address);
        Ok(Some(Outgoing { kind, address }))
    }

    /// Whose link the mail brings, and the address of theirs that it goes to: as it is stored, never as somebody typed it.
    /// `None` where it brings none, or one that would be of no use.
    async fn recipient(
        &self,
        mut connection: &AsyncPgConnection,
        claimed: &Claimed,
        kind: MailKind,
    ) -> Result<Option<(User, EmailAddress)>, Error> {
        if kind.link().is_none() {
            return Ok(None);
        }
        // Not `address_key`, which an earlier version may have made of another form.
        let address = EmailAddress::stored(claimed.address.clone());
        let row = match (claimed.user_id, kind) {
            (Some(id), _) => {
                let theirs = users::table.find(id);
                theirs.select(self.columns()).for_share().get_result::<UserRow>(&mut connection).await
            }
            (None, MailKind::ResetPassword) => {
                let theirs = users::table.filter(users::email_key.eq(address.key()));
                theirs.select(self.columns()).for_share().get_result::<UserRow>(&mut connection).await
            }
            (None, _) => return Ok(None),
        };
        // Who may not sign in has no use for a link.
        let Some(user) = found(row)?.map(User::from).filter(|user| user.status == Status::Active) else {
            return Ok(None);
        };
        let found = match (kind, claimed.user_id) {
            (MailKind::VerifyEmail, _) => user
                .pending_email
                .iter()
                .chain((!user.email_verified).then_some(&user.email))
                .find(|waiting| waiting.is_same_mailbox(&address))
                .cloned(),
            (_, Some(_)) => Some(user.email.clone()).filter(|email| email.is_same_mailbox(&address)),
            (_, None) => Some(user.email.clone()),
        };
        Ok(found.map(|address| (user, address)))
    }

    /// The mail has gone out. Its row stays until it no longer counts against the share of its address.
    pub async fn mail_sent(&self, claimed: &Claimed) -> Result<(), Error> {
        self.finish(claimed, None).await
    }

    /// The mail could not be sent; it is due again at `due_at`.
    pub async fn mail_failed(&self, claimed: &Claimed, due_at: DateTime<Utc>) -> Result<(), Error> {
        self.finish(claimed, Some(due_at)).await
    }

    /// The mail will never be sent.
    pub async fn mail_given_up(&self, claimed: &Claimed) -> Result<(), Error> {
        let removal = diesel::delete(outbox::table.find(claimed.id));
        self.with_connection(async |connection| Ok(removal.execute(connection).await.map(drop)?)).await
    }

    /// Nothing happens where the lease was over and another sender has taken it.
    async fn finish(&self, claimed: &Claimed, due_at: Option<DateTime<Utc>>) -> Result<(), Error> {
        let mine = outbox::table.find(claimed.id).filter(outbox::attempts.eq(claimed.attempts));
        let change = diesel::update(mine).set(outbox::due_at.eq(due_at));
        self.with_connection(async |connection| Ok(CachedStatement(change).execute(connection).await.map(drop)?)).await
    }
}

impl Claimed {
    fn origin(&self) -> RequestMetadata {
        RequestMetadata { request_id: self.request_id, address: self.origin.clone(), user_agent: None }
    }
}

/// When the mail was counted against the share of its address, if it was; locks it. `None` where it is no longer this
/// sender's.
async fn counted_at(
    mut connection: &AsyncPgConnection,
    claimed: &Claimed,
) -> Result<Option<Option<DateTime<Utc>>>, Error> {
    let mine = outbox::table.find(claimed.id).filter(outbox::attempts.eq(claimed.attempts));
    found(mine.select(outbox::counted_at).for_update().get_result(&mut connection).await)
}

/// Counts the mail against the share of its address.
async fn count(mut connection: &AsyncPgConnection, claimed: &Claimed, now: DateTime<Utc>) -> Result<(), Error> {
    let counted = diesel::update(outbox::table.find(claimed.id)).set(outbox::counted_at.eq(now));
    CachedStatement(counted).execute(&mut connection).await?;
    Ok(())
}

/// Senders that look at the same address take turns, each until its transaction ends.
async fn take_turn(mut connection: &AsyncPgConnection, claimed: &Claimed) -> Result<(), Error> {
    let turn = sql_query("SELECT pg_advisory_xact_lock(hashtextextended('usher.mail.' || $1, 0))")
        .bind::<sql_types::Text, _>(&claimed.address_key);
    CachedStatement(turn).execute(&mut connection).await?;
    Ok(())
}

/// Whether the address has room for another mail of this kind, as whoever has the turn sees it.
async fn has_share(
    mut connection: &AsyncPgConnection,
    claimed: &Claimed,
    kind: MailKind,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let (most, within) = kind.quota();
    let mut had = outbox::table
        .filter(outbox::address_key.eq(&claimed.address_key))
        .filter(outbox::kind.eq(kind.as_str()))
        .filter(outbox::counted_at.gt(now - within))
        .count()
        .into_boxed();
    if kind == MailKind::ResetPassword {
        // One for a user was counted when an admin asked for it; strangers use up none of those, and the other way round.
        if claimed.user_id.is_some() {
            return Ok(true);
        }
        had = had.filter(outbox::user_id.is_null());
    }
    let had: i64 = had.get_result(&mut connection).await?;
    Ok(had < most)
}

/// Removes mails that were sent and count no more, and tokens that have expired; at most `most` of each.
pub(crate) async fn cleanup(connection: &mut AsyncPgConnection, now: DateTime<Utc>, most: i64) -> Result<usize, Error> {
    let sent = "DELETE FROM outbox WHERE id IN (SELECT outbox.id \
        FROM outbox JOIN unnest($1, $2) AS share (kind, since) ON share.kind = outbox.kind \
        WHERE due_at IS NULL AND counted_at < since LIMIT $3 FOR UPDATE OF outbox SKIP LOCKED)";
    let expired = "DELETE FROM mailed_tokens WHERE digest IN (SELECT digest FROM mailed_tokens \
        WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let (kinds, since): (Vec<_>, Vec<_>) =
        MailKind::ALL.iter().copied().map(|kind| (kind.as_str(), now - kind.quota().1)).unzip();
    let sent = sql_query(sent)
        .bind::<sql_types::Array<sql_types::Text>, _>(kinds)
        .bind::<sql_types::Array<sql_types::Timestamptz>, _>(since)
        .bind::<sql_types::BigInt, _>(most)
        .execute(connection)
        .await?;
    let expired = sql_query(expired)
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::BigInt, _>(most)
        .execute(connection)
        .await?;
    Ok(sent + expired)
}

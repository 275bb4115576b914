//! Preparing a mail just before it is sent.

use super::{quota, rights};
use crate::{
    Database, Error,
    audit::Record,
    database::found,
    jobs::ClaimedJob,
    row::UserRow,
    schema::{jobs, mailed_tokens, outbox, users},
    write_request::RequestMetadata,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{EmailAddress, MailKind, Status, User, audit::Event};
use uuid::Uuid;

/// A mail to be sent now.
#[derive(Debug, Clone)]
pub struct OutgoingMail {
    pub kind: MailKind,
    pub address: EmailAddress,
}

/// What is to be done with a queued mail.
#[derive(Debug, Clone)]
pub enum PreparedMail {
    Outgoing(OutgoingMail),
    /// It was sent or withdrawn, its link is not usable any more, or the quota of its address is used up.
    NotWanted,
    /// This version does not know mails of this kind.
    Unknown {
        kind: String,
    },
}

/// A mail that has not been sent.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub(super) struct QueuedMail {
    pub(super) id: Uuid,
    kind: String,
    pub(super) user_id: Option<Uuid>,
    address: String,
    pub(super) address_key: String,
    origin: Option<String>,
    request_id: Option<Uuid>,
    rights: Option<Vec<String>>,
}

/// What is stored of the token in a link.
#[derive(Insertable)]
#[diesel(table_name = mailed_tokens, treat_none_as_default_value = false)]
struct Token<'a> {
    digest: &'a [u8],
    purpose: &'static str,
    user_id: Uuid,
    address: &'a str,
    expires_at: DateTime<Utc>,
    rights: Option<&'a [String]>,
}

impl Token<'_> {
    async fn insert(self, mut connection: &AsyncPgConnection) -> Result<(), Error> {
        diesel::insert_into(mailed_tokens::table).values(self).execute(&mut connection).await?;
        Ok(())
    }
}

impl Database {
    /// Decides whether a mail is still to be sent: its link must be usable, and the quota of its address not be used up. If so,
    /// stores `digest`, that of the token in its link. If not, deletes the mail. A mail of an unknown kind stays as it is: a
    /// newer replica has queued it.
    pub async fn prepare_mail(&self, job: &ClaimedJob, digest: &[u8]) -> Result<PreparedMail, Error> {
        self.transaction(async |connection| {
            let Some(mail) = queued_mail(connection, job).await? else { return Ok(PreparedMail::NotWanted) };
            let Some(kind) = MailKind::from_name(&mail.kind) else {
                return Ok(PreparedMail::Unknown { kind: mail.kind });
            };
            if let Some(outgoing) = self.outgoing_mail(connection, &mail, kind, digest).await? {
                return Ok(PreparedMail::Outgoing(outgoing));
            }
            tracing::info!(mail = %mail.id, kind = mail.kind, "mail dropped: its link is not usable, or the quota of its address is used up");
            diesel::delete(outbox::table.find(mail.id)).execute(connection).await?;
            Ok(PreparedMail::NotWanted)
        })
        .await
    }

    async fn outgoing_mail(
        &self,
        connection: &mut AsyncPgConnection,
        mail: &QueuedMail,
        kind: MailKind,
        digest: &[u8],
    ) -> Result<Option<OutgoingMail>, Error> {
        let now = self.clock.now();
        let connection = &*connection;
        // Sent together. The user is locked before the mail, as in all writes that withdraw mails.
        let (recipient, counted_at, locked) = tokio::join!(
            biased;
            self.recipient(connection, mail, kind),
            quota::lock_counted_at(connection, mail),
            quota::lock_address(connection, mail)
        );
        let (recipient, counted_at) = (recipient?, counted_at?);
        locked?;
        if kind.link().is_some() && recipient.is_none() {
            return Ok(None);
        }
        let Some(counted_at) = counted_at else { return Ok(None) };
        if counted_at.is_none() && !quota::allows(connection, mail, kind, now).await? {
            return Ok(None);
        }
        let count = async {
            if counted_at.is_some() {
                return Ok(());
            }
            quota::count(connection, mail, now).await?;
            let (None, Some((user, _))) = (mail.user_id, &recipient) else { return Ok(()) };
            let record = Record::success(Event::PasswordResetRequested, user.id);
            record.write(connection, &self.clock, &mail.request()).await
        };
        let store = async {
            let (Some((purpose, lifetime)), Some((user, address))) = (kind.link(), &recipient) else { return Ok(()) };
            let token = Token {
                digest,
                purpose: purpose.as_str(),
                user_id: user.id,
                address: address.as_str(),
                expires_at: now + lifetime,
                rights: mail.rights.as_deref(),
            };
            token.insert(connection).await
        };
        let (counted, stored) = tokio::join!(biased; count, store);
        counted?;
        stored?;
        let address = recipient.map_or_else(|| EmailAddress::stored(mail.address.clone()), |(_, address)| address);
        Ok(Some(OutgoingMail { kind, address }))
    }

    /// The user that the link is for, and their address as it is stored, not as it was typed. `None` if the mail has no
    /// link, or one that is not usable.
    async fn recipient(
        &self,
        mut connection: &AsyncPgConnection,
        mail: &QueuedMail,
        kind: MailKind,
    ) -> Result<Option<(User, EmailAddress)>, Error> {
        if kind.link().is_none() {
            return Ok(None);
        }
        // Not `address_key`: an earlier version may have derived it in another way.
        let address = EmailAddress::stored(mail.address.clone());
        let row = match (mail.user_id, kind) {
            (Some(id), _) => {
                let user = users::table.find(id);
                user.select(self.columns()).for_share().get_result::<UserRow>(&mut connection).await
            }
            (None, MailKind::ResetPassword) => {
                let user = users::table.filter(users::email_key.eq(address.key()));
                user.select(self.columns()).for_share().get_result::<UserRow>(&mut connection).await
            }
            (None, _) => return Ok(None),
        };
        let requested = rights::read(mail.rights.as_deref());
        // A user who may not sign in has no use for a link.
        let usable = |user: &User| user.status == Status::Active && !user.role.rights.exceed(requested);
        let Some(user) = found(row)?.map(User::from).filter(usable) else { return Ok(None) };
        let found = match (kind, mail.user_id) {
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
}

impl QueuedMail {
    /// The request that caused the mail.
    fn request(&self) -> RequestMetadata {
        RequestMetadata { request_id: self.request_id, address: self.origin.clone(), user_agent: None }
    }
}

/// The mail of this job. `None` if it was sent or withdrawn, or if the lease has ended and another runner has the job.
async fn queued_mail(connection: &mut AsyncPgConnection, job: &ClaimedJob) -> Result<Option<QueuedMail>, Error> {
    let claimed = jobs::table.filter(jobs::id.eq(job.id)).filter(jobs::attempts.eq(job.attempts));
    let mail = outbox::table
        .find(job.id)
        .filter(outbox::due_at.is_not_null())
        .filter(diesel::dsl::exists(claimed))
        .select(QueuedMail::as_select());
    found(mail.get_result(connection).await)
}

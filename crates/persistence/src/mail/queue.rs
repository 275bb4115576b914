//! Queueing mails.

use super::{BY_JOB, MAIL_JOB};
use crate::{
    Database, Error, WriteRequest,
    audit::Record,
    jobs::NewJob,
    schema::outbox,
    throttles::{self, Counter},
    write_request::RequestMetadata,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{EmailAddress, MailKind, User, audit::Event};
use uuid::Uuid;

#[derive(Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
struct Row<'a> {
    id: Uuid,
    kind: &'static str,
    user_id: Option<Uuid>,
    address: &'a str,
    address_key: String,
    created_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    attempts: i32,
    origin: Option<&'a str>,
    request_id: Option<Uuid>,
}

/// A mail to be sent.
pub(crate) struct Mail<'a> {
    pub(crate) kind: MailKind,
    /// The user that the link is for, if the mail has one.
    pub(crate) user: Option<Uuid>,
    pub(crate) address: &'a EmailAddress,
}

impl<'a> Mail<'a> {
    /// A mail with a link for this user.
    pub(crate) fn link(kind: MailKind, user: &User, address: &'a EmailAddress) -> Self {
        Self { kind, user: Some(user.id), address }
    }

    /// A mail without a link, or with a link for the user who has this address when it is sent.
    pub(crate) fn notice(kind: MailKind, address: &'a EmailAddress) -> Self {
        Self { kind, user: None, address }
    }

    /// Adds the mail and its job, in the transaction of the change that causes it.
    pub(crate) async fn queue(
        &self,
        connection: &AsyncPgConnection,
        database: &Database,
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        let (id, now) = database.clock.new_id();
        let row = Row {
            id,
            kind: self.kind.as_str(),
            user_id: self.user,
            address: self.address.as_str(),
            address_key: self.address.key(),
            created_at: now,
            due_at: BY_JOB,
            attempts: 0,
            origin: metadata.address.as_deref(),
            request_id: metadata.request_id,
        };
        let insert = async {
            let mut connection = connection;
            diesel::insert_into(outbox::table).values(row).execute(&mut connection).await
        };
        let job = NewJob { id, kind: MAIL_JOB, created_at: now };
        let (inserted, enqueued) = tokio::join!(biased; insert, database.enqueue(connection, job));
        inserted?;
        enqueued
    }
}

impl Database {
    /// Mails the caller a link for each of their unconfirmed addresses, if the policy allows it.
    pub async fn resend_verification(
        &self,
        request: &WriteRequest,
        id: Uuid,
        counters: &[Counter],
    ) -> Result<(), Error> {
        self.transaction(async |connection| {
            let user = self.lock_and_authorize(connection, request, id).await?.target;
            throttles::count_all(connection, counters, self.clock.now()).await?;
            let unconfirmed = (!user.email_verified).then_some(&user.email);
            for address in unconfirmed.into_iter().chain(&user.pending_email) {
                Mail::link(MailKind::VerifyEmail, &user, address).queue(connection, self, &request.metadata).await?;
            }
            let record = Record::success(Event::VerificationRequested, id).by(Some(&user));
            record.write(connection, &self.clock, &request.metadata).await
        })
        .await
    }

    /// Queues a mail to choose a new password for the user who has this address. The user is looked up when the mail is sent, so the
    /// response takes the same time for all addresses.
    pub async fn request_password_reset(
        &self,
        address: &EmailAddress,
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        self.transaction(async |connection| {
            Mail::notice(MailKind::ResetPassword, address).queue(connection, self, metadata).await
        })
        .await
    }

    /// Mails a user a link to choose a new password, if the policy allows it.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`] if the quota is used up. Without this check the mail would be accepted, and later dropped.
    pub async fn send_password_reset(&self, request: &WriteRequest, id: Uuid) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, id).await?;
            let user = &locked.target;
            self.check_reset_quota(connection, user).await?;
            Mail::link(MailKind::ResetPassword, user, &user.email).queue(connection, self, &request.metadata).await?;
            locked.record(Event::PasswordResetSent, &[]).write(connection, &self.clock, &request.metadata).await
        })
        .await
    }

    /// Refuses another link that an admin sends to this user, whose row is locked, if the quota is used up.
    async fn check_reset_quota(&self, connection: &mut AsyncPgConnection, user: &User) -> Result<(), Error> {
        let kind = MailKind::ResetPassword;
        let ((most, within), now) = (kind.quota(), self.clock.now());
        let newest: Vec<DateTime<Utc>> = outbox::table
            .filter(outbox::user_id.eq(user.id))
            .filter(outbox::kind.eq(kind.as_str()))
            .filter(outbox::address_key.eq(user.email.key()))
            .filter(outbox::created_at.gt(now - within))
            .order(outbox::created_at.desc())
            .limit(most)
            .select(outbox::created_at)
            .load(connection)
            .await?;
        match newest.get(usize::try_from(most - 1).unwrap_or_default()) {
            Some(first) => {
                let wait = (*first + within - now).to_std().unwrap_or_default();
                Err(Error::TooManyAttempts { wait, first: false })
            }
            None => Ok(()),
        }
    }
}

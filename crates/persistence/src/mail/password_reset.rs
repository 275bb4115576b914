//! Mailing links to choose a new password.

use super::Mail;
use crate::{Database, Error, WriteRequest, schema::outbox, write_request::RequestMetadata};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{EmailAddress, MailKind, User, audit::Event};
use uuid::Uuid;

impl Database {
    /// Queues a mail to choose a new password for the user who has this address. The user is looked up when the mail is
    /// sent, so the response takes the same time for all addresses.
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

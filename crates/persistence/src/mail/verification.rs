//! Mailing the links that confirm addresses again.

use super::Mail;
use crate::{
    Database, Error, WriteRequest,
    audit::Record,
    rate_limits::{self, Counter},
};
use usher_domain::{MailKind, audit::Event};
use uuid::Uuid;

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
            rate_limits::count_all(connection, counters, self.clock.now()).await?;
            let unconfirmed = (!user.email_verified).then_some(&user.email);
            for address in unconfirmed.into_iter().chain(&user.pending_email) {
                Mail::link(MailKind::VerifyEmail, &user, address).queue(connection, self, &request.metadata).await?;
            }
            let record = Record::success(Event::VerificationRequested, id).by(Some(&user));
            record.write(connection, &self.clock, &request.metadata).await
        })
        .await
    }
}

//! Verifying an e-mail address with a link that is mailed to it.

use crate::{Accounts, Error, rate_limit::UserAction};
use usher_auth::opaque;
use usher_domain::MailedToken;
use usher_persistence::{Digest, RequestMetadata, WriteRequest};
use uuid::Uuid;

impl Accounts {
    /// Marks the address that the token was mailed to as verified.
    pub async fn verify_email(&self, token: &MailedToken, metadata: &RequestMetadata) -> Result<(), Error> {
        Ok(self.database.verify_email(&digest(token)?, metadata).await?)
    }

    /// Mails a link to each address of the user that is not verified.
    pub async fn resend_verification(&self, request: &WriteRequest, user: Uuid) -> Result<(), Error> {
        let counters = self.counters_by_user(UserAction::AccountChange, user);
        Ok(self.database.resend_verification(request, user, &counters).await?)
    }
}

/// The digest by which a mailed token is looked up.
pub(crate) fn digest(token: &MailedToken) -> Result<Digest, Error> {
    opaque::digest(token.as_str()).ok_or(Error::Database(usher_persistence::Error::TokenInvalid))
}

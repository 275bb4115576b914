//! Choosing a new password with a link that is mailed.

use crate::{Accounts, Error, email_verification::digest, rate_limit::NetworkAction, reject_personal_password};
use std::net::IpAddr;
use usher_auth::Requester;
use usher_domain::{EmailAddress, MailedToken, NewPassword};
use usher_persistence::RequestMetadata;

impl Accounts {
    /// Mails a link if there is an account with this address. The caller cannot see whether there is one.
    pub async fn request_password_reset(
        &self,
        email: &EmailAddress,
        address: Option<IpAddr>,
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        self.record_attempt(&self.counters_by_network(NetworkAction::PasswordResetRequest, address)).await?;
        Ok(self.database.request_password_reset(email, metadata).await?)
    }

    /// Replaces the password of the user that the token was mailed to.
    pub async fn reset_password(
        &self,
        token: &MailedToken,
        new_password: &NewPassword,
        address: Option<IpAddr>,
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        let digest = digest(token)?;
        // A password is hashed only for the holder of a valid token.
        let user = self.database.holder_of_reset(&digest).await?;
        reject_personal_password(new_password, &user.username, &user.email).map_err(Error::PersonalNewPassword)?;
        let hash = self.hasher().hash(new_password, Requester::known(address)).await?;
        let owner = self.verified_owner(user.id, address);
        Ok(self.database.reset_password(&digest, &hash, owner.as_ref(), metadata).await?)
    }
}

//! Changing one's own password.

use crate::{
    Accounts, Error, password_verification::CurrentPassword, rate_limit::UserAction, reject_personal_password,
};
use std::net::IpAddr;
use usher_auth::Requester;
use usher_domain::{NewPassword, User};
use usher_persistence::WriteRequest;

impl Accounts {
    /// Replaces the password of `user`, who has sent the current one. Ends the user's API keys unless they are to be kept.
    pub async fn change_password(
        &self,
        request: &WriteRequest,
        user: &User,
        current_password: &str,
        new_password: &NewPassword,
        keep_api_keys: bool,
        address: Option<IpAddr>,
    ) -> Result<(), Error> {
        reject_personal_password(new_password, &user.username, &user.email).map_err(Error::PersonalNewPassword)?;
        let current = CurrentPassword { user: user.id, password: current_password, address };
        let verified = self.verify_current_password(current).await?;
        let new_hash = self.hasher().hash(new_password, Requester::known(address)).await?;
        let counters = self.counters_by_user(UserAction::AccountChange, user.id);
        let write = async |verified: String| {
            self.database.change_password(request, user.id, &verified, &new_hash, keep_api_keys, &counters).await
        };
        self.write_verified(current, verified, write).await
    }
}

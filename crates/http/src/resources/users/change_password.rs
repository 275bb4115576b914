//! Changing one's password.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
};
use usher_accounts::MAX_PASSWORD_LENGTH;
use usher_domain::{NewPassword, text::SecretText};

request! {
    /// The current and the new password.
    pub struct PasswordChange as "PasswordChange" {
        /// The current password
        required current_password: SecretText<MAX_PASSWORD_LENGTH>,
        /// The new password, used exactly as sent
        required new_password: NewPassword,
        /// Whether your API keys stay valid (default `false`)
        optional_flag keep_api_keys: bool,
    }
}

operation! {
    /// Change your password
    ///
    /// Requires the current password. Ends every other session of the user, and the API keys unless `keep_api_keys` is
    /// true; discards a pending change of the e-mail address, and invalidates mailed password reset links.
    ChangePassword
}

pub async fn handle(request: AuthorizedRequest<ChangePassword>) -> Result<NoContent, Problem> {
    let PasswordChange { current_password, new_password, keep_api_keys } = &request.body;
    let (accounts, user) = (&request.service.accounts, &request.target.user);
    let (current_password, keep_api_keys) = (current_password.as_str(), keep_api_keys.unwrap_or_default());
    let (write, address) = (request.write_request(), request.client_address());
    accounts.change_password(&write, user, current_password, new_password, keep_api_keys, address).await?;
    Ok(NoContent::default())
}

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
    }
}

operation! {
    /// Change your password
    ///
    /// Requires the current password. Ends every other session of the user, discards a pending change of the e-mail
    /// address, and invalidates mailed password reset links.
    ChangePassword
}

pub async fn handle(request: AuthorizedRequest<ChangePassword>) -> Result<NoContent, Problem> {
    let PasswordChange { current_password, new_password } = &request.body;
    let (accounts, user) = (&request.service.accounts, &request.target.user);
    let current_password = current_password.as_str();
    accounts
        .change_password(
            &request.write_request(),
            user,
            current_password,
            new_password,
            false,
            request.client_address(),
        )
        .await?;
    Ok(NoContent::default())
}

//! Choosing a new password with the mailed token.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
};
use usher_domain::{MailedToken, NewPassword};

request! {
    /// The mailed token and the new password.
    pub struct PasswordReset as "PasswordReset" {
        /// The token from the mailed link
        required token: MailedToken,
        /// The new password, used exactly as sent
        required new_password: NewPassword,
    }
}

operation! {
    /// Reset a password
    ///
    /// Sets a new password and ends all sessions of the user. It also verifies the address that the token was mailed to
    /// and discards a pending address in `pending_email`. Failed sign-ins to the account are cleared, and the client's
    /// address becomes one that the user is known to sign in from. A rejected password does not consume the token.
    ResetPassword
}

pub async fn handle(request: AuthorizedRequest<ResetPassword>) -> Result<NoContent, Problem> {
    let PasswordReset { token, new_password } = &request.body;
    let accounts = &request.service.accounts;
    accounts.reset_password(token, new_password, request.client_address(), &request.metadata()).await?;
    Ok(NoContent::default())
}

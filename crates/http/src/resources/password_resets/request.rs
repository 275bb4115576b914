//! Asking for a link to choose a new password.

use crate::{
    operation::{operation, response::Accepted},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
};
use usher_domain::EmailAddress;

request! {
    /// The address of the account.
    pub struct ResetRequest as "PasswordResetRequest" {
        /// The address of the account
        required email: EmailAddress,
    }
}

operation! {
    /// Request a password reset
    ///
    /// Mails a password reset link if an account has this address. The response is the same if none has. The number of
    /// mails per address and the number of requests per client are limited.
    RequestPasswordReset
}

pub async fn handle(request: AuthorizedRequest<RequestPasswordReset>) -> Result<Accepted, Problem> {
    let (accounts, email) = (&request.service.accounts, &request.body.email);
    accounts.request_password_reset(email, request.client_address(), &request.metadata()).await?;
    Ok(Accepted::default())
}

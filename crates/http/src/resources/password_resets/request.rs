//! Asking for a link to choose a new password.

use crate::{
    operation::{operation, response::Accepted},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
    throttle::Question,
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
    let origin = request.metadata();
    let question = request.service.question(Question::PasswordReset, request.client_address());
    request.service.count(&question).await?;
    request.service.database.request_password_reset(&request.body.email, &origin).await?;
    Ok(Accepted::default())
}

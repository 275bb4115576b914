//! Asking for a link to choose a new password.

use crate::{
    operation::{operation, response::Accepted},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
    throttle::Question,
};
use usher_domain::EmailAddress;

request! {
    /// Whose password is forgotten.
    pub struct ResetRequest as "PasswordResetRequest" {
        /// The address of the account
        required email: EmailAddress,
    }
}

operation! {
    /// WriteRequest for a new password
    ///
    /// Mails a link to choose a new password, if there is an account with this address. The answer is the same if there is
    /// none. An address gets only a few mails an hour, and one caller is slowed who asks very often.
    RequestPasswordReset
}

pub async fn handle(request: AuthorizedRequest<RequestPasswordReset>) -> Result<Accepted, Problem> {
    let origin = request.metadata();
    let question = request.service.question(Question::PasswordReset, request.client_address());
    request.service.count(&question).await?;
    request.service.database.request_password_reset(&request.body.email, &origin).await?;
    Ok(Accepted::default())
}

//! Confirming an address.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
};
use usher_domain::MailedToken;

request! {
    /// The mailed token.
    pub struct EmailVerification as "EmailVerification" {
        /// The token from the mailed link
        required token: MailedToken,
    }
}

operation! {
    /// Verify an e-mail address
    ///
    /// Verifies the address that the token was mailed to. An address in `pending_email` replaces the current one.
    VerifyEmail
}

pub async fn handle(request: AuthorizedRequest<VerifyEmail>) -> Result<NoContent, Problem> {
    request.service.accounts.verify_email(&request.body.token, &request.metadata()).await?;
    Ok(NoContent::default())
}

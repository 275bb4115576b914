//! Confirming an address.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
};
use usher_auth::opaque;
use usher_domain::MailedToken;
use usher_persistence::Error;

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
    let digest = digest(&request.body.token)?;
    request.service.database.verify_email(&digest, &request.metadata()).await?;
    Ok(NoContent::default())
}

/// What a mailed token is looked up by.
pub fn digest(token: &MailedToken) -> Result<[u8; 32], Problem> {
    opaque::digest(token.as_str()).ok_or_else(|| Error::TokenInvalid.into())
}

//! Confirming an address.

use crate::{
    body::request,
    call::Call,
    operations::{Operation, VerifyEmail},
    problem::Problem,
};
use actix_web::HttpResponse;
use usher_auth::opaque;
use usher_domain::MailedToken;
use usher_persistence::Error;

request! {
    /// What was mailed to the address.
    pub struct EmailVerification as "EmailVerification" {
        /// The token from the link that was mailed
        required token: MailedToken,
    }
}

/// Confirm an e-mail address
///
/// Confirms the address that the token was mailed to. An address from `pending_email` takes the place of the one in use.
#[utoipa::path(post, path = VerifyEmail::ROW.path, impl_for = VerifyEmail, tag = "accounts",
    responses((status = 204, description = "The address is confirmed")))]
pub async fn handle(call: Call<VerifyEmail>) -> Result<HttpResponse, Problem> {
    let digest = digest(&call.body.token)?;
    call.service.database.verify_email(&digest, &call.service.origin(&call.request)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What a mailed token is looked up by.
pub fn digest(token: &MailedToken) -> Result<[u8; 32], Problem> {
    opaque::digest(token.as_str()).ok_or_else(|| Error::TokenInvalid.into())
}

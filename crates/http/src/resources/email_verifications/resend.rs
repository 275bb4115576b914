//! Another link to confirm one's address.

use crate::{
    operation::{operation, response::Accepted},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Resend the verification e-mail
    ///
    /// Mails a link to each unverified address of the caller: the current one, the one in `pending_email`, or both. The
    /// number of mails per address is limited.
    ResendVerification
}

pub async fn handle(request: AuthorizedRequest<ResendVerification>) -> Result<Accepted, Problem> {
    request.service.accounts.resend_verification(&request.write_request(), request.target.user.id).await?;
    Ok(Accepted::default())
}

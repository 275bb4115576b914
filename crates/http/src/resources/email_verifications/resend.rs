//! Another link to confirm one's address.

use crate::{
    operation::{operation, response::Accepted},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Mail me the link again
    ///
    /// Mails a link to each address of yours that waits to be confirmed: the one in use, the one in `pending_email`, or both. An
    /// address gets only a few mails an hour.
    ResendVerification
}

pub async fn handle(request: AuthorizedRequest<ResendVerification>) -> Result<Accepted, Problem> {
    let (service, id) = (&request.service, request.target.user.id);
    service.database.resend_verification(&request.write_request(), id, &service.change_of(id)).await?;
    Ok(Accepted::default())
}

//! A new password for a user, by the user's own hand.

use crate::{
    operation::{operation, response::Accepted},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Mail a user a link to choose a password
    ///
    /// The link goes to the user's address; no admin ever sees or chooses a password. Admins can send a user five an hour: one
    /// more is a 429. Requests of others for the same address are counted apart. A suspended user is sent none.
    SendPasswordReset
}

pub async fn handle(request: AuthorizedRequest<SendPasswordReset>) -> Result<Accepted, Problem> {
    request.service.database.send_password_reset(&request.write_request(), request.target.user.id).await?;
    Ok(Accepted::default())
}

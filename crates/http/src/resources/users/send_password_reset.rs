//! Mailing a user a link to choose a new password, as an admin.

use crate::{
    operation::{operation, response::Accepted},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Send a password reset link
    ///
    /// Mails the link to the user's address; admins never see or choose a password. Admins can send five links an hour
    /// to a user; the next request gets a 429. Password reset requests by others for the same address are counted
    /// separately. A suspended user is sent no link.
    SendPasswordReset
}

pub async fn handle(request: AuthorizedRequest<SendPasswordReset>) -> Result<Accepted, Problem> {
    request.service.database.send_password_reset(&request.write_request(), request.target.user.id).await?;
    Ok(Accepted::default())
}

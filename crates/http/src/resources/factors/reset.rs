//! Removing all factors of another user.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Reset a user's second factors
    ///
    /// Removes all second factors of a user who has lost them, and ends their sessions. API keys stay valid. The user is
    /// notified by mail. For a user whose role has a permission it takes a session in which a second factor was proved.
    ResetFactors
}

pub async fn handle(request: AuthorizedRequest<ResetFactors>) -> Result<NoContent, Problem> {
    request.service.accounts.reset_factors(&request.write_request(), request.target.user.id).await?;
    Ok(NoContent::default())
}

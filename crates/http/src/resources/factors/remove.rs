//! Removing a factor.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Remove a second factor
    ///
    /// Removes the factor at once. The recovery codes are removed with the last one. The user is notified by mail.
    RemoveFactor
}

pub async fn handle(request: AuthorizedRequest<RemoveFactor>) -> Result<NoContent, Problem> {
    request.service.accounts.remove_factor(&request.write_request(), &request.target.factor).await?;
    Ok(NoContent::default())
}

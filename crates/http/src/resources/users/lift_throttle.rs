//! Letting a user sign in again without waiting.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Reset a user's sign-in throttle
    ///
    /// Clears the failed sign-ins and password checks that throttle this account. Limits on client addresses stay in
    /// force.
    LiftThrottle
}

pub async fn handle(request: AuthorizedRequest<LiftThrottle>) -> Result<NoContent, Problem> {
    request.service.accounts.lift_throttle(&request.write_request(), request.target.user.id).await?;
    Ok(NoContent::default())
}

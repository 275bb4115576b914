//! Lifting a user's rate limits, so that they can sign in without waiting.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Lift a user's rate limits
    ///
    /// Clears the failed sign-ins, password checks and second factors because of which this account is rate limited. Limits on
    /// client addresses stay in force.
    LiftThrottle
}

pub async fn handle(request: AuthorizedRequest<LiftThrottle>) -> Result<NoContent, Problem> {
    request.service.accounts.lift_throttle(&request.write_request(), request.target.user.id).await?;
    Ok(NoContent::default())
}

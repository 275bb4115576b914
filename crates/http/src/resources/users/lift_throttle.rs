//! Letting a user sign in again without waiting.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Lift the throttle of a user
    ///
    /// Forgets the failed sign-ins and proofs for which this account is slowed. Client addresses that fail too often stay slowed.
    LiftThrottle
}

pub async fn handle(request: AuthorizedRequest<LiftThrottle>) -> Result<NoContent, Problem> {
    let (service, id) = (&request.service, request.target.user.id);
    service.database.lift_throttle(&request.write_request(), id, &service.account(Some(id), "")).await?;
    Ok(NoContent::default())
}

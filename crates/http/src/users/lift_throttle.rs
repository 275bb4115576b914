//! Letting a user sign in again without waiting.

use crate::{
    call::Call,
    openapi,
    operations::{LiftThrottle, Operation},
    problem::Problem,
};
use actix_web::HttpResponse;

/// Lift the throttle of a user
///
/// Forgets the failed sign-ins and proofs for which this account is slowed. Client addresses that fail too often stay slowed.
#[utoipa::path(post, path = LiftThrottle::ROW.path, impl_for = LiftThrottle, tag = "users", params(openapi::UserId),
    responses((status = 204, description = "Sign-ins and proofs of the password are not slowed any more")))]
pub async fn handle(call: Call<LiftThrottle>) -> Result<HttpResponse, Problem> {
    let (service, id) = (&call.service, call.target.0.id);
    service.database.lift_throttle(&call.ask(), id, &service.account(Some(id), "")).await?;
    Ok(HttpResponse::NoContent().finish())
}

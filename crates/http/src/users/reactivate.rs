//! Reactivating a user.

use crate::{
    call::Call,
    openapi,
    operations::{Operation, ReactivateUser},
    problem::Problem,
};
use actix_web::HttpResponse;

/// Reactivate a user
///
/// Lets a suspended user sign in again.
#[utoipa::path(post, path = ReactivateUser::ROW.path, impl_for = ReactivateUser, tag = "users", params(openapi::UserId),
    responses((status = 200, description = "The user, active", body = openapi::User)))]
pub async fn handle(call: Call<ReactivateUser>) -> Result<HttpResponse, Problem> {
    let user = call.service.database.reactivate_user(&call.ask(), call.target.0.id).await?;
    call.user(&user)
}

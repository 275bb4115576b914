//! Reading a user.

use crate::{
    call::Call,
    openapi,
    operations::{GetUser, Operation},
    problem::Problem,
};
use actix_web::HttpResponse;

/// Read a user
///
/// The user themself and admins.
#[utoipa::path(get, path = GetUser::ROW.path, impl_for = GetUser, tag = "users", params(openapi::UserId),
    responses((status = 200, description = "The user", body = openapi::User)))]
pub async fn handle(call: Call<GetUser>) -> Result<HttpResponse, Problem> {
    call.user(&call.target.0)
}

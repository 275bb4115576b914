//! The caller's own user.

use crate::{
    call::Call,
    openapi,
    operations::{GetMe, Operation},
    problem::Problem,
};
use actix_web::HttpResponse;

/// Read yourself
///
/// The user whose token this is: the same representation as under the user's own path.
#[utoipa::path(get, path = GetMe::ROW.path, impl_for = GetMe, tag = "users",
    responses((status = 200, description = "The caller", body = openapi::User)))]
pub async fn handle(call: Call<GetMe>) -> Result<HttpResponse, Problem> {
    call.user(&call.target.0)
}

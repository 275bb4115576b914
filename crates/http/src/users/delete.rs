//! Deleting a user.

use crate::{
    call::Call,
    openapi,
    operations::{DeleteUser, Operation},
    problem::Problem,
};
use actix_web::HttpResponse;

/// Delete a user
///
/// Removes the user and their sessions and frees their names; audit events keep the id. The last active admin with a
/// password stays.
#[utoipa::path(delete, path = DeleteUser::ROW.path, impl_for = DeleteUser, tag = "users", params(openapi::UserId),
    responses((status = 204, description = "The user is gone")))]
pub async fn handle(call: Call<DeleteUser>) -> Result<HttpResponse, Problem> {
    call.service.database.delete_user(&call.ask(), call.target.0.id).await?;
    Ok(HttpResponse::NoContent().finish())
}

//! Suspending a user.

use crate::{
    call::Call,
    openapi,
    operations::{Operation, SuspendUser},
    problem::Problem,
};
use actix_web::HttpResponse;

/// Suspend a user
///
/// Ends the user's sessions at once and keeps them from signing in until they are reactivated. A pending change of the e-mail
/// address is forgotten, and every link mailed until now is worthless, also after the reactivation.
#[utoipa::path(post, path = SuspendUser::ROW.path, impl_for = SuspendUser, tag = "users", params(openapi::UserId),
    responses((status = 200, description = "The user, suspended", body = openapi::User)))]
pub async fn handle(call: Call<SuspendUser>) -> Result<HttpResponse, Problem> {
    let user = call.service.database.suspend_user(&call.ask(), call.target.0.id).await?;
    call.user(&user)
}

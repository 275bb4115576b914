//! The end of all of a user's sessions.

use crate::{
    call::Call,
    openapi,
    operations::{Operation, RevokeSessions},
    problem::Problem,
};
use actix_web::HttpResponse;

/// Revoke a user's sessions
///
/// Signs the user out everywhere, at once. Of one's own, the session that asks ends too. Where an admin does this to another
/// user, a pending change of the e-mail address is forgotten and every link mailed until now is worthless.
#[utoipa::path(delete, path = RevokeSessions::ROW.path, impl_for = RevokeSessions, tag = "sessions",
    params(openapi::UserId), responses((status = 204, description = "No session is left")))]
pub async fn handle(call: Call<RevokeSessions>) -> Result<HttpResponse, Problem> {
    call.service.database.revoke_sessions(&call.ask(), call.target.0.id).await?;
    Ok(HttpResponse::NoContent().finish())
}

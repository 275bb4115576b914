//! The end of one session.

use crate::{
    call::Call,
    openapi,
    operations::{Operation, RevokeSession},
    problem::Problem,
};
use actix_web::HttpResponse;

/// Revoke a session
///
/// Signs the user out on one device, at once. Where an admin does this to another user, a pending change of the e-mail address is
/// forgotten and every link mailed until now is worthless.
#[utoipa::path(delete, path = RevokeSession::ROW.path, impl_for = RevokeSession, tag = "sessions",
    params(openapi::UserId, openapi::SessionId), responses((status = 204, description = "The session has ended")))]
pub async fn handle(call: Call<RevokeSession>) -> Result<HttpResponse, Problem> {
    let session = &call.target.0;
    call.service.database.revoke_session(&call.ask(), session.user_id, session.id).await?;
    Ok(HttpResponse::NoContent().finish())
}

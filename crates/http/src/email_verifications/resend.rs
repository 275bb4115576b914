//! Another link to confirm one's address.

use crate::{
    call::Call,
    operations::{Operation, ResendVerification},
    problem::Problem,
};
use actix_web::HttpResponse;

/// Mail me the link again
///
/// Mails a link to each address of yours that waits to be confirmed: the one in use, the one in `pending_email`, or both. An
/// address gets only a few mails an hour.
#[utoipa::path(post, path = ResendVerification::ROW.path, impl_for = ResendVerification, tag = "accounts",
    responses((status = 202, description = "The link will be mailed")))]
pub async fn handle(call: Call<ResendVerification>) -> Result<HttpResponse, Problem> {
    let (service, id) = (&call.service, call.target.0.id);
    service.database.resend_verification(&call.ask(), id, &service.change_of(id)).await?;
    Ok(HttpResponse::Accepted().finish())
}

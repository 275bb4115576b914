//! The audit trail of one user.

use crate::{
    call::Call,
    links::Seen,
    openapi,
    operations::{Kind, ListUserAuditEvents, Operation},
    problem::Problem,
};
use actix_web::HttpResponse;
use usher_domain::policy::Resource;

/// List a user's audit events
///
/// What happened to the user, by whose hand: like the list of all events, of which this is a part. A user is not shown where
/// an admin did it from.
#[utoipa::path(get, path = ListUserAuditEvents::ROW.path, impl_for = ListUserAuditEvents, tag = "audit",
    params(openapi::UserId, openapi::UserAuditParts),
    responses((status = 200, description = "The page", body = openapi::AuditEventPage)))]
pub async fn handle(call: Call<ListUserAuditEvents>) -> Result<HttpResponse, Problem> {
    let user = &call.target.0;
    let resource = Resource::User { id: user.id, user: Some(user) };
    let seen = Seen { site: &call.service.site, actor: &call.actor, kind: Kind::AuditEvents, resource };
    call.query.page(&call, user.id, seen).await
}

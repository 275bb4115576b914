//! The whole audit trail.

use crate::{
    call::Call,
    links::Seen,
    openapi,
    operations::{Kind, ListAuditEvents, Operation},
    problem::Problem,
};
use actix_web::HttpResponse;

/// List audit events
///
/// Who did what to whom, when, from where: a page of the events that pass the filter, newest first unless it is asked
/// otherwise. Every page costs the same when it is walked by `next` and `prev`. Events are counted up to 10,000: where there
/// are more, `total` says so many, `total_is_exact` is false, and there is no `last`.
#[utoipa::path(get, path = ListAuditEvents::ROW.path, impl_for = ListAuditEvents, tag = "audit",
    params(openapi::AuditParts),
    responses((status = 200, description = "The page", body = openapi::AuditEventPage)))]
pub async fn handle(call: Call<ListAuditEvents>) -> Result<HttpResponse, Problem> {
    let resource = call.service.site.resource();
    let seen = Seen { site: &call.service.site, actor: &call.actor, kind: Kind::AuditEvents, resource };
    call.query.page(&call, seen).await
}

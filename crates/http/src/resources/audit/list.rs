//! The whole audit trail.

use super::{AuditEventResource, page};
use crate::{
    hypermedia::links::ResourceView,
    operation::{ResourceKind, operation, response::PageOf},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// List audit events
    ///
    /// Who did what to whom, when, from where: a page of the events that pass the filter, newest first unless it is asked
    /// otherwise. Every page costs the same when it is walked by `next` and `prev`. Events are counted up to 10,000: where there
    /// are more, `total` says so many, `total_is_exact` is false, and there is no `last`.
    ListAuditEvents
}

pub async fn handle(request: AuthorizedRequest<ListAuditEvents>) -> Result<PageOf<AuditEventResource>, Problem> {
    let view = ResourceView::of_service(&request.service.site, &request.principal, ResourceKind::AuditEvents);
    let filters = &request.query.filters;
    page::answer(&request, filters.events(), filters.target(), view).await
}

//! The whole audit trail.

use super::{AuditEventResource, page};
use crate::{
    operation::{operation, response::PageOf},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// List audit events
    ///
    /// Returns a page of the audit events that match the filters: who did what to whom, when, and from where. Newest
    /// first by default. Every page takes the same time if you follow `next` and `prev`. Events are counted up to
    /// 10,000: if there are more, `total` is 10,000, `total_is_exact` is false, and there is no `last` link.
    ListAuditEvents
}

pub async fn handle(request: AuthorizedRequest<ListAuditEvents>) -> Result<PageOf<AuditEventResource>, Problem> {
    let filters = &request.query.filters;
    page::answer(&request, filters.events(), filters.target()).await
}

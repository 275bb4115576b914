//! A page of events.

use super::{AuditEventResource, event::EventMembers, filters::EventFilters};
use crate::{
    hypermedia::{links::ResourceView, pagination::Collection, representation::Representation},
    operation::{Listed as _, Operation, ResourceType as _, response::PageOf},
    problem::Problem,
    request::{
        AuthorizedRequest,
        faults::{InputFault, pointer},
        filters::{Filters, ListQuery},
    },
};
use serde::Serialize;
use usher_domain::{audit::MAX_COUNTED, cursor::IdCursor, page::Start};
use uuid::Uuid;

/// The members of a page of events besides those of every page.
#[derive(Serialize)]
struct TotalPrecision {
    total_is_exact: bool,
}

/// Answers with the requested page.
pub async fn answer<O, F>(
    request: &AuthorizedRequest<O>,
    events: &EventFilters,
    target: Option<Uuid>,
) -> Result<PageOf<AuditEventResource>, Problem>
where
    O: Operation<Query = ListQuery<F>>,
    F: Filters<Cursor = IdCursor>,
{
    let page_request = &request.query.page;
    let (filter, newest_first) = (events.filter(target), events.newest_first());
    let list = format!("audit events {filter:?}, newest first: {newest_first}");
    page_request.require_list(&list)?;
    let database = &request.service.database;
    let page =
        database.list_audit_events(&filter, newest_first, &list, &page_request.start, page_request.limit).await?;
    request.still_allowed().await?;
    if !page.counted && matches!(page_request.start, Start::Offset(offset) if offset > MAX_COUNTED) {
        let detail = format!("must be at most {MAX_COUNTED} in a list this long; follow `next` links to go further");
        return Err(Problem::invalid(InputFault::new(pointer("offset"), "out_of_range", detail)));
    }
    let view = request.view(AuditEventResource::PAGE);
    let collection = Collection::of::<O, AuditEventResource>(&request.query, view);
    let precision = TotalPrecision { total_is_exact: page.counted };
    request.page(collection.represent(&page, view, request.media, precision, |event| {
        let members = EventMembers::new(event, &request.principal);
        let view = ResourceView { kind: AuditEventResource::KIND, ..view };
        Representation::new(members, view, Vec::new(), request.media)
    }))
}

//! A page of events.

use super::{AuditEventResource, event::EventMembers, filters::EventFilters};
use crate::{
    hypermedia::{links::ResourceView, pagination::Collection, representation::Representation},
    operation::{Operation, ResourceKind, response::PageOf},
    problem::Problem,
    request::{
        AuthorizedRequest,
        faults::{InputFault, pointer},
        filters::{Filters, ListQuery},
    },
};
use serde::Serialize;
use usher_domain::{audit::MOST_COUNTED, cursor::IdCursor, page::Start};
use uuid::Uuid;

/// What a page of events has beside what every page has.
#[derive(Serialize)]
struct Counted {
    total_is_exact: bool,
}

/// Answers with the page that was asked for.
pub async fn answer<O, F>(
    call: &AuthorizedRequest<O>,
    events: &EventFilters,
    target: Option<Uuid>,
    view: ResourceView<'_>,
) -> Result<PageOf<AuditEventResource>, Problem>
where
    O: Operation<Query = ListQuery<F>>,
    F: Filters<Cursor = IdCursor>,
{
    let request = &call.query.page;
    let (filter, newest_first) = (events.filter(target), events.newest_first());
    let list = format!("audit events {filter:?}, newest first: {newest_first}");
    request.of(&list)?;
    let database = &call.service.database;
    let page = database.list_audit_events(&filter, newest_first, &list, &request.start, request.limit).await?;
    call.still_allowed().await?;
    if !page.counted && matches!(request.start, Start::Offset(offset) if offset > MOST_COUNTED) {
        let detail = format!("must be at most {MOST_COUNTED} in so long a list; walk by `next` to go farther");
        return Err(Problem::invalid(InputFault::new(pointer("offset"), "out_of_range", detail)));
    }
    let collection = Collection::of::<O, AuditEventResource>(&call.query, view);
    let counted = Counted { total_is_exact: page.counted };
    call.page(collection.represent(&page, view, call.media, counted, |event| {
        let members = EventMembers::new(event, &call.actor);
        let view = ResourceView { kind: ResourceKind::AuditEvent, ..view };
        Representation::new(members, view, Vec::new(), call.media)
    }))
}

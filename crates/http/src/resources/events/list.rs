//! Reading the feed.

use super::{Embedded, EventFeedResource, EventResource, Members, event::EventMembers, next::next};
use crate::{
    hypermedia::{link::Link, links::ResourceView, representation::Representation},
    operation::{Operation as _, ResourceType as _, operation, response::Represented},
    problem::Problem,
    request::AuthorizedRequest,
};
use actix_web::http::StatusCode;

operation! {
    /// Read events
    ///
    /// Returns the events after a position, in the order of their positions: every successful action of the audit trail, once, and
    /// never one with a lower position than another that has been read. Follow `next` to go on, and store `position` together
    /// with what you have made of the events. With `wait`, the response is sent as soon as there is an event; it has none if the time
    /// has passed or the service stops. With `type`, a response without events may come before the end of the feed is reached:
    /// follow `next`.
    ListEvents
}

pub async fn handle(request: AuthorizedRequest<ListEvents>) -> Result<Represented<EventFeedResource>, Problem> {
    let page = next(&request).await?;
    request.still_allowed().await?;
    let view = request.view(EventFeedResource::KIND);
    let path = view.href(ListEvents::SPEC);
    let query = &request.query;
    let mut links = vec![
        ("self", Link::get(format!("{path}{}", query.parameters_sent()))),
        ("next", Link::get(format!("{path}{}", query.parameters_after(page.position)))),
    ];
    if let Some(template) = request.service.api.search_template(ListEvents::SPEC) {
        links.push(("search", Link::template(format!("{path}{template}"))));
    }
    let of_event = ResourceView { kind: EventResource::KIND, ..view };
    let events = page
        .events
        .iter()
        .map(|event| Representation::new(EventMembers::from(event), of_event, Vec::new(), request.media));
    let members = Members { position: page.position.get(), embedded: Embedded { events: events.collect() } };
    let feed = Representation::new(members, view, links, request.media);
    request.send(StatusCode::OK, &[], &feed).map(Represented::new)
}

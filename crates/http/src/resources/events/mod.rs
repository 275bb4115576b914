//! The feed of events: its representation, and reading it.

mod event;
pub mod list;
mod next;
mod query;

pub use event::event_line;
pub use query::EventQuery;

use crate::{
    hypermedia::representation::Representation,
    operation::{ResourceType, parameter::integer, resource, response::Content, schema::schema},
};
use event::EventMembers;
use serde::Serialize;
use utoipa::openapi::{ArrayBuilder, KnownFormat, ObjectBuilder, Ref};

/// Part of the feed.
pub struct EventFeedResource;

/// The name of the schema of the events of a feed.
const EMBEDDED: &str = "EventsOfFeed";

impl ResourceType for EventFeedResource {
    const NAME: &'static str = "EventFeed";
    const LINKS: &'static str = "The links of the feed.";
    const MORE_LINKS: &'static [(&'static str, &'static str, &'static str)] =
        &[("next", "What follows, with the same parameters", "?after=1042&limit=100&wait=30")];
    type Members = EventFeedMembers;

    fn embedded(content: &mut Content) {
        let events = ArrayBuilder::new()
            .items(Ref::from_schema_name(EventResource::NAME))
            .description(Some("The events, in the order of their positions"));
        let embedded = ObjectBuilder::new()
            .description(Some("The events of a feed."))
            .property("events", events)
            .required("events");
        content.schemas.push((EMBEDDED.to_owned(), embedded.build().into()));
        resource::embed::<EventResource>(content);
    }
}

/// An event.
pub struct EventResource;

impl ResourceType for EventResource {
    const NAME: &'static str = "Event";
    const LINKS: &'static str = "The links of an event: none, because it is read in the feed.";
    const HAS_SELF: bool = false;
    type Members = EventMembers<'static>;
}

schema! {
    /// The members of a feed.
    EventFeedMembers = ObjectBuilder::new()
        .description(Some("A part of the feed of events."))
        .property(
            "position",
            integer(KnownFormat::Int64)
                .minimum(Some(0))
                .description(Some("The position of the last of these events, or where to go on if there is none"))
                .examples([1042]),
        )
        .required("position")
        .property("_embedded", Ref::from_schema_name(EMBEDDED))
        .required("_embedded")
        .build()
        .into()
}

/// A part of the feed, as it is sent.
#[derive(Serialize)]
struct Members<'a> {
    position: i64,
    #[serde(rename = "_embedded")]
    embedded: Embedded<'a>,
}

#[derive(Serialize)]
struct Embedded<'a> {
    events: Vec<Representation<'a, EventMembers<'a>>>,
}

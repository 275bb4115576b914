//! An event as it is sent.

use crate::{
    operation::schema::{open_text, schema},
    request::time::Time,
};
use serde::Serialize;
use usher_domain::{
    audit,
    event_feed::{EventSchema, EventTarget, FeedEvent, TargetType},
};
use utoipa::ToSchema;
use uuid::Uuid;

schema! {
    /// The types of events.
    EventType = {
        let types: Vec<_> = types().map(|(event, _)| event.as_str()).collect();
        open_text(&types, "What happened: the `action` of the audit event.").into()
    }
}

schema! {
    /// The types of actors.
    EventActorType = open_text(&[USER], "What the actor of an event is.").into()
}

schema! {
    /// The types of targets.
    EventTargetType = open_text(TargetType::NAMES, "What the target of an event is.").into()
}

const USER: &str = TargetType::User.as_str();

/// Every type of event, with its schema.
pub(super) fn types() -> impl Iterator<Item = (audit::Event, EventSchema)> {
    audit::Event::ALL.iter().filter_map(|event| Some((*event, EventSchema::of(*event)?)))
}

/// An event: what happened to what, and who did it. Later releases add types and members.
#[derive(Serialize, ToSchema)]
#[schema(as = EventMembers)]
pub struct EventMembers<'a> {
    /// The id of the audit event, a UUIDv7 (RFC 9562 §5.7)
    #[schema(example = "01937f41-7d3e-7b52-9a60-1f2e3d4c5b6a")]
    id: Uuid,
    /// The position in the feed
    #[schema(minimum = 1, example = 1042)]
    position: i64,
    /// What happened
    #[serde(rename = "type")]
    #[schema(value_type = EventType)]
    kind: &'a str,
    /// The time of the event
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    timestamp: Time,
    /// What it is about
    #[schema(inline = false)]
    data: EventData<'a>,
}

/// What an event is about. It has no values of fields, names or addresses: read the resource for them.
#[derive(Serialize, ToSchema)]
#[schema(as = EventData)]
pub struct EventData<'a> {
    /// Who did it; null for the command line and the service itself
    #[schema(required, inline = false)]
    actor: Option<EventActor>,
    /// What it happened to; null if it happened to the service as a whole
    #[schema(required, inline = false)]
    target: Option<EventTargetMembers<'a>>,
    /// The id of the user whom the event is about; null if it is about none
    #[schema(required, example = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77")]
    user: Option<Uuid>,
    /// The names of the fields that changed
    #[schema(example = json!(["email"]))]
    changed: Vec<&'a str>,
    /// The version of the target after the event, which is the number in its entity tag; null if it has none, or does not
    /// exist any more
    #[schema(required, minimum = 1, example = 3)]
    version: Option<i64>,
}

/// Who did it.
#[derive(Serialize, ToSchema)]
#[schema(as = EventActor)]
pub struct EventActor {
    /// What the actor is
    #[serde(rename = "type")]
    #[schema(value_type = EventActorType)]
    kind: &'static str,
    /// The actor's id
    #[schema(example = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77")]
    id: String,
}

/// What the event happened to.
#[derive(Serialize, ToSchema)]
#[schema(as = EventTarget)]
pub struct EventTargetMembers<'a> {
    /// What the target is
    #[serde(rename = "type")]
    #[schema(value_type = EventTargetType)]
    kind: &'static str,
    /// The target's id; the name of a role
    #[schema(example = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77")]
    id: &'a str,
}

impl<'a> From<&'a FeedEvent> for EventMembers<'a> {
    fn from(event: &'a FeedEvent) -> Self {
        Self {
            id: event.id,
            position: event.position.get(),
            kind: &event.kind,
            timestamp: Time(event.at),
            data: EventData {
                actor: event.actor.map(|id| EventActor { kind: USER, id: id.to_string() }),
                target: event.target.as_ref().map(EventTargetMembers::from),
                user: event.user,
                changed: event.changed.iter().map(String::as_str).collect(),
                version: event.version,
            },
        }
    }
}

impl<'a> From<&'a EventTarget> for EventTargetMembers<'a> {
    fn from(target: &'a EventTarget) -> Self {
        Self { kind: target.kind.as_str(), id: &target.id }
    }
}

/// The event as a line of JSON, with the members that it has in the feed.
pub fn event_line(event: &FeedEvent) -> serde_json::Result<String> {
    serde_json::to_string(&EventMembers::from(event))
}

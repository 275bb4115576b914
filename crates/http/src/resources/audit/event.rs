//! An audit event as it is sent.

use crate::{
    operation::schema::{NamedSchema, open_text, schema, text},
    request::time::Time,
};
use serde::Serialize;
use usher_domain::{
    Rule,
    audit::{self, AuditEvent, Change},
    policy::Principal,
};
use utoipa::{PartialSchema as _, ToSchema};
use uuid::Uuid;

schema! {
    /// The types of audit events.
    AuditAction = open_text(audit::Event::NAMES, "What was done.").into()
}

schema! {
    /// The outcomes of audit events.
    AuditOutcome = text(&Rule::one_of(audit::Outcome::NAMES), "Whether the action succeeded or was refused.").into()
}

pub fn action_schema() -> NamedSchema {
    (AuditAction::name().into_owned(), AuditAction::schema())
}

pub fn outcome_schema() -> NamedSchema {
    (AuditOutcome::name().into_owned(), AuditOutcome::schema())
}

/// An audit event as the caller sees it.
#[derive(Serialize, ToSchema)]
pub struct EventMembers<'a> {
    /// The event's id, a UUIDv7 (RFC 9562 §5.7)
    #[schema(example = "01937f41-7d3e-7b52-9a60-1f2e3d4c5b6a")]
    id: Uuid,
    /// The time of the event
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    at: Time,
    /// What was done
    #[schema(value_type = AuditAction)]
    action: &'a str,
    /// Whether the action succeeded or was refused
    #[schema(value_type = AuditOutcome)]
    outcome: &'a str,
    /// The user who did it; null if nobody was signed in
    #[schema(required, inline = false)]
    actor: Option<AuditActor<'a>>,
    /// The affected user
    #[schema(required, inline = false)]
    target: Option<AuditTarget>,
    /// The changed fields
    changes: Vec<AuditChange<'a>>,
    /// The client address; null if it is unknown, or hidden from the caller because it is that of another
    /// user who did something to the caller
    #[schema(required, example = "192.0.2.7")]
    address: Option<&'a str>,
    /// The id of the request (`X-Request-Id`)
    #[schema(required, example = "01937f41-7d3c-7e11-8b2a-0c1d2e3f4a5b")]
    request_id: Option<Uuid>,
}

/// The user who performed an action.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub struct AuditActor<'a> {
    /// The user's id
    #[schema(example = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77")]
    id: Uuid,
    /// The username at that time
    #[schema(required, example = "root")]
    username: Option<&'a str>,
}

/// The user affected by an action.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditTarget)]
pub struct AuditTarget {
    /// The user's id
    #[schema(example = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77")]
    id: Uuid,
}

/// A changed field.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditChange)]
pub struct AuditChange<'a> {
    /// The field's name
    #[schema(example = "role")]
    field: &'a str,
    /// The previous value, if it may be disclosed
    #[schema(required, example = "user")]
    from: Option<&'a str>,
    /// The new value, if it may be disclosed
    #[schema(required, example = "admin")]
    to: Option<&'a str>,
}

impl<'a> EventMembers<'a> {
    /// The event as `reader` sees it.
    pub fn new(event: &'a AuditEvent, reader: &Principal) -> Self {
        // Nobody learns from where others did something to them.
        let shown = match reader {
            Principal::User(caller) if event.target_id == Some(caller.id) => {
                event.actor_id.is_none_or(|actor| actor == caller.id)
            }
            Principal::User(_) => true,
            Principal::Anonymous => false,
        };
        let actor = event.actor_id.map(|id| AuditActor { id, username: event.actor_username.as_deref() });
        Self {
            id: event.id,
            at: Time(event.at),
            action: &event.action,
            outcome: &event.outcome,
            actor,
            target: event.target_id.map(|id| AuditTarget { id }),
            changes: event.changes.iter().map(AuditChange::from).collect(),
            address: event.address.as_deref().filter(|_| shown),
            request_id: event.request_id,
        }
    }
}

impl<'a> From<&'a Change> for AuditChange<'a> {
    fn from(change: &'a Change) -> Self {
        Self { field: &change.field, from: change.from.as_deref(), to: change.to.as_deref() }
    }
}

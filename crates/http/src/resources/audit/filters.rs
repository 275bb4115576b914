//! Which events a list has.

use super::time;
use crate::{
    operation::{
        parameter::{Parameter, ParameterSchema, QueryValue, named_query_value, named_text, string},
        schema::NamedSchema,
    },
    request::{
        filters::{Filters, ListQuery, filters},
        query::Parameters,
    },
};
use chrono::{DateTime, Utc};
use std::borrow::Cow;
use usher_domain::{
    Rule,
    audit::{AuditFilter, Event, MAX_COUNTED, Outcome},
    cursor::IdCursor,
    named_enum,
};
use utoipa::openapi::{KnownFormat, Schema, SchemaFormat};
use uuid::Uuid;

filters! {
    /// Chooses events and their order.
    pub struct EventFilters {
        /// Only events of this type
        action: Event,
        /// Only events with this outcome
        outcome: Outcome,
        /// Only events caused by this user
        actor: Uuid,
        /// Only events at this time or later (RFC 3339), such as `2026-01-01T00:00:00Z`
        since: DateTime<Utc>,
        /// Only events before this time (RFC 3339), such as `2027-01-01T00:00:00Z`
        until: DateTime<Utc>,
        /// Sort order (default `-at`, newest first)
        sort: AuditOrder,
    }
}

filters! {
    /// Chooses events by the user that they happened to.
    pub struct TargetFilter {
        /// Only events that happened to this user
        target: Uuid,
    }
}

/// Chooses events of the whole trail.
pub struct TrailFilters {
    events: EventFilters,
    target: TargetFilter,
}

/// The query of the list of all events.
pub type TrailQuery = ListQuery<TrailFilters>;

/// The query of the list of a user's events; the user is in the path.
pub type UserTrailQuery = ListQuery<EventFilters>;

impl Filters for EventFilters {
    type Cursor = IdCursor;
    const MAX_OFFSET: Option<i64> = Some(MAX_COUNTED);

    fn parameters() -> Vec<Parameter> {
        Self::parameters()
    }

    fn read(parameters: &mut Parameters) -> Self {
        Self::read(parameters)
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        self.pairs()
    }
}

impl Filters for TrailFilters {
    type Cursor = IdCursor;
    const MAX_OFFSET: Option<i64> = Some(MAX_COUNTED);

    fn parameters() -> Vec<Parameter> {
        <EventFilters as Filters>::parameters().into_iter().chain(TargetFilter::parameters()).collect()
    }

    fn read(parameters: &mut Parameters) -> Self {
        Self { events: EventFilters::read(parameters), target: TargetFilter::read(parameters) }
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        self.events.pairs().into_iter().chain(self.target.pairs()).collect()
    }
}

impl EventFilters {
    /// The filter for events of this target.
    pub fn filter(&self, target: Option<Uuid>) -> AuditFilter {
        let Self { action, outcome, actor, since, until, .. } = *self;
        AuditFilter { action, actor, target, outcome, since, until }
    }

    pub fn newest_first(&self) -> bool {
        self.sort.is_none_or(|order| order == AuditOrder::NewestFirst)
    }
}

impl TrailFilters {
    pub fn events(&self) -> &EventFilters {
        &self.events
    }

    pub fn target(&self) -> Option<Uuid> {
        self.target.target
    }
}

named_enum! {
    /// The order of a list of events.
    pub enum AuditOrder {
        OldestFirst = "at",
        NewestFirst = "-at",
    }
}

named_query_value!(AuditOrder, audit_sort);

fn audit_sort() -> NamedSchema {
    let about = "Sort order of audit events; `-` means descending. Ties are broken by id.";
    named_text("AuditSort", &Rule::one_of(AuditOrder::NAMES), about)
}

named_query_value!(Event, super::event::action_schema);

named_query_value!(Outcome, super::event::outcome_schema);

impl QueryValue for DateTime<Utc> {
    const SCHEMA: ParameterSchema = ParameterSchema::Inline(date_time);
    const FAULT: &'static str = "not_a_time";

    fn detail() -> Cow<'static, str> {
        "must be a time such as 2026-01-02T03:04:05Z (RFC 3339)".into()
    }

    fn read(text: &str) -> Option<Self> {
        time::read(text)
    }

    fn write(&self) -> String {
        time::write(self)
    }
}

fn date_time() -> Schema {
    string().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).build().into()
}

//! The audit trail. An event is written in the transaction of the change that it records, and never changed afterwards.

mod export;
mod list;
mod read;
mod version;

pub(crate) use read::EventRow;

use crate::{
    Error,
    cached_statement::CachedStatement,
    schema::audit_events,
    statistics::with_count,
    write::{Locked, Owned},
    write_request::RequestMetadata,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use usher_domain::{
    Clock, User,
    audit::{Change, Event, Outcome},
    event_feed::{EventSchema, EventTarget},
    statistics::Counter,
};
use uuid::Uuid;
use version::TargetVersion;

#[derive(Insertable)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
struct NewEventRow<'a> {
    id: Uuid,
    at: DateTime<Utc>,
    action: &'static str,
    outcome: &'static str,
    actor_id: Option<Uuid>,
    actor_username: Option<&'a str>,
    /// Only replicas of the release before this one read it. A later migration removes the column.
    actor_is_admin: bool,
    target_id: Option<Uuid>,
    changes: Value,
    address: Option<&'a str>,
    request_id: Option<Uuid>,
}

/// An event that is about to be written. A sub-resource of a user is not a target of its own: it is among the changes of
/// its owner, so that the owner finds the event.
pub(crate) struct Record<'a> {
    event: Event,
    outcome: Outcome,
    /// `None` for an anonymous request.
    actor: Option<&'a User>,
    /// The user that it happened to.
    target: Option<Uuid>,
    changes: &'a [Change],
}

impl Locked<User> {
    /// What the actor did to the target.
    pub(crate) fn record<'a>(&'a self, event: Event, changes: &'a [Change]) -> Record<'a> {
        Record::success(event, self.target.id).by(self.actor.as_ref()).changing(changes)
    }
}

impl<T> Locked<Owned<T>> {
    /// What the actor did to a sub-resource of the target.
    pub(crate) fn record<'a>(&'a self, event: Event, changes: &'a [Change]) -> Record<'a> {
        Record::success(event, self.target.owner.id).by(self.actor.as_ref()).changing(changes)
    }
}

impl<'a> Record<'a> {
    /// Something was done, to a user if there is a `target`.
    pub(crate) fn success(event: Event, target: impl Into<Option<Uuid>>) -> Self {
        Self { event, outcome: Outcome::Success, actor: None, target: target.into(), changes: &[] }
    }

    /// Something was attempted and refused.
    pub(crate) fn refused(event: Event, target: Option<Uuid>) -> Self {
        Self { event, outcome: Outcome::Refused, actor: None, target, changes: &[] }
    }

    pub(crate) fn by(self, actor: Option<&'a User>) -> Self {
        Self { actor, ..self }
    }

    pub(crate) fn changing(self, changes: &'a [Change]) -> Self {
        Self { changes, ..self }
    }

    /// Writes the event, after the change that it records, and counts it if it is among the statistics. Afterwards the
    /// transaction must not wait for any row (the reason is in `statistics/count.rs`).
    pub(crate) async fn write(
        &self,
        mut connection: &AsyncPgConnection,
        clock: &Clock,
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        let (id, at) = clock.new_id();
        let row = NewEventRow {
            id,
            at,
            action: self.event.as_str(),
            outcome: self.outcome.as_str(),
            actor_id: self.actor.map(|actor| actor.id),
            actor_username: self.actor.map(|actor| actor.username.as_str()),
            actor_is_admin: self.actor.is_some_and(|actor| actor.role.rights.admin),
            target_id: self.target,
            changes: self.changes.iter().map(stored).collect(),
            address: metadata.address.as_deref(),
            request_id: metadata.request_id,
        };
        let version = audit_events::version.eq(TargetVersion::of(self.feed_target()));
        let insert = diesel::insert_into(audit_events::table).values((row, version));
        match Counter::of(self.event, self.outcome) {
            Some(counter) => {
                let insert = with_count(insert, at.date_naive(), counter);
                CachedStatement(insert).execute(&mut connection).await?
            }
            None => CachedStatement(insert).execute(&mut connection).await?,
        };
        Ok(())
    }

    /// The target of the event in the feed; `None` if it is not in there.
    fn feed_target(&self) -> Option<EventTarget> {
        if self.outcome != Outcome::Success {
            return None;
        }
        let schema = EventSchema::of(self.event);
        debug_assert!(
            schema.is_some_and(|schema| {
                schema.changed_of(self.changes).iter().all(|field| schema.changed.contains(field))
            }),
            "the schema of {:?} does not describe {:?}",
            self.event,
            self.changes
        );
        schema?.target_of(self.target, self.changes)
    }
}

fn stored(change: &Change) -> Value {
    serde_json::json!({ "field": change.field, "from": change.from, "to": change.to })
}

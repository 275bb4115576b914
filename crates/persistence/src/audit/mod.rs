//! The audit trail: written in the transaction of what it tells of, never changed afterwards.

mod list;
mod read;

pub(crate) use read::EventRow;

use crate::{Error, schema::audit_events, write::RequestMetadata};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use usher_domain::{
    Clock, Role, User,
    audit::{Change, Event, Outcome},
};
use uuid::Uuid;

#[derive(Insertable)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
struct Row<'a> {
    id: Uuid,
    at: DateTime<Utc>,
    action: &'static str,
    outcome: &'static str,
    actor_id: Option<Uuid>,
    actor_username: Option<&'a str>,
    actor_is_admin: bool,
    target_id: Option<Uuid>,
    changes: Value,
    address: Option<&'a str>,
    request_id: Option<Uuid>,
}

/// What is to be remembered.
pub(crate) struct Record<'a> {
    pub(crate) event: Event,
    pub(crate) outcome: Outcome,
    /// `None` where nobody was signed in.
    pub(crate) actor: Option<&'a User>,
    pub(crate) target: Option<Uuid>,
    pub(crate) changes: &'a [Change],
}

impl Record<'_> {
    pub(crate) async fn write(
        &self,
        mut connection: &AsyncPgConnection,
        clock: &Clock,
        origin: &RequestMetadata,
    ) -> Result<(), Error> {
        let (id, at) = clock.new_id();
        diesel::insert_into(audit_events::table)
            .values(Row {
                id,
                at,
                action: self.event.as_str(),
                outcome: self.outcome.as_str(),
                actor_id: self.actor.map(|actor| actor.id),
                actor_username: self.actor.map(|actor| actor.username.as_str()),
                actor_is_admin: self.actor.is_some_and(|actor| actor.role == Role::Admin),
                target_id: self.target,
                changes: self.changes.iter().map(stored).collect(),
                address: origin.address.as_deref(),
                request_id: origin.request_id,
            })
            .execute(&mut connection)
            .await?;
        Ok(())
    }
}

fn stored(change: &Change) -> Value {
    serde_json::json!({ "field": change.field, "from": change.from, "to": change.to })
}

//! An event as it is read.

use crate::schema::audit_events;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;
use usher_domain::audit::{AuditEvent, Change};
use uuid::Uuid;

#[derive(Queryable, QueryableByName, Selectable)]
#[diesel(table_name = audit_events)]
pub(crate) struct EventRow {
    id: Uuid,
    at: DateTime<Utc>,
    action: String,
    outcome: String,
    actor_id: Option<Uuid>,
    actor_username: Option<String>,
    target_id: Option<Uuid>,
    changes: Value,
    address: Option<String>,
    request_id: Option<Uuid>,
}

impl From<EventRow> for AuditEvent {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            at: row.at,
            action: row.action,
            outcome: row.outcome,
            actor_id: row.actor_id,
            actor_username: row.actor_username,
            target_id: row.target_id,
            changes: row.changes.as_array().into_iter().flatten().map(change).collect(),
            address: row.address,
            request_id: row.request_id,
        }
    }
}

fn change(value: &Value) -> Change {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    Change { field: text("field").unwrap_or_default(), from: text("from"), to: text("to") }
}

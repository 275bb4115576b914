//! Audit events in the export of a user's data.

use super::EventRow;
use crate::export::{ExportReader, ExportedRow, PART_ROWS};
use diesel::{
    result::QueryResult,
    sql_query,
    sql_types::{BigInt, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::audit::AuditEvent;
use uuid::Uuid;

impl ExportedRow for AuditEvent {
    /// Each half walks an index of its own. What users did to themselves is in both halves, and once in their union.
    async fn read(reader: &ExportReader, connection: &mut AsyncPgConnection, after: Uuid) -> QueryResult<Vec<Self>> {
        let statement = "(SELECT * FROM audit_events WHERE target_id = $1 AND id > $2 ORDER BY id LIMIT $3) UNION \
            (SELECT * FROM audit_events WHERE actor_id = $1 AND id > $2 ORDER BY id LIMIT $3) ORDER BY id LIMIT $3";
        let rows: Vec<EventRow> = sql_query(statement)
            .bind::<SqlUuid, _>(reader.user_id)
            .bind::<SqlUuid, _>(after)
            .bind::<BigInt, _>(PART_ROWS)
            .get_results(connection)
            .await?;
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

//! The lists of an export, in the order of the file. A new list is an implementation of [`ExportedRow`], a call in
//! [`Reader::lists`] and a variant of [`Part`].

use super::{Part, Reader, Sender, send};
use crate::{Error, audit::EventRow, schema::sessions, sessions::SessionRow};
use diesel::{
    prelude::*,
    result::QueryResult,
    sql_query,
    sql_types::{BigInt, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{Session, audit::AuditEvent};
use uuid::Uuid;

/// Rows in one part.
const PART_ROWS: i64 = 500;

/// A row of a list. Lists are in the order of the ids.
trait ExportedRow: Sized + Send {
    /// Reads the [`PART_ROWS`] rows of the user that come after the one with this id.
    fn read(
        reader: &Reader,
        connection: &mut AsyncPgConnection,
        after: Uuid,
    ) -> impl Future<Output = QueryResult<Vec<Self>>> + Send;

    fn id(&self) -> Uuid;
    fn part(rows: Vec<Self>) -> Part;
}

impl Reader {
    /// Sends every list.
    pub(super) async fn lists(&self, connection: &mut AsyncPgConnection, sender: &Sender) -> Result<(), Error> {
        self.list::<Session>(connection, sender).await?;
        self.list::<AuditEvent>(connection, sender).await
    }

    /// Sends a list in parts; an empty list is one empty part.
    async fn list<T: ExportedRow>(&self, connection: &mut AsyncPgConnection, sender: &Sender) -> Result<(), Error> {
        let mut rows = T::read(self, connection, Uuid::nil()).await?;
        loop {
            let last = rows.last().map(T::id);
            send(sender, Ok(T::part(rows))).await?;
            let Some(last) = last else { return Ok(()) };
            rows = T::read(self, connection, last).await?;
            if rows.is_empty() {
                return Ok(());
            }
        }
    }
}

impl ExportedRow for Session {
    async fn read(reader: &Reader, connection: &mut AsyncPgConnection, after: Uuid) -> QueryResult<Vec<Self>> {
        let sessions = sessions::table
            .filter(sessions::user_id.eq(reader.user_id))
            .filter(sessions::expires_at.gt(reader.now))
            .filter(sessions::id.gt(after))
            .order(sessions::id)
            .limit(PART_ROWS)
            .select(SessionRow::as_select());
        Ok(sessions.load(connection).await?.into_iter().map(Session::from).collect())
    }

    fn id(&self) -> Uuid {
        self.id
    }

    fn part(sessions: Vec<Self>) -> Part {
        Part::Sessions(sessions)
    }
}

impl ExportedRow for AuditEvent {
    /// Each half walks an index of its own. What users did to themselves is in both halves, and once in their union.
    async fn read(reader: &Reader, connection: &mut AsyncPgConnection, after: Uuid) -> QueryResult<Vec<Self>> {
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

    fn part(events: Vec<Self>) -> Part {
        Part::AuditEvents(events)
    }
}

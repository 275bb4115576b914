//! Sessions in the export of a user's data.

use super::SessionRow;
use crate::{
    export::{ExportReader, ExportedRow, PART_ROWS},
    schema::sessions,
};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::Session;
use uuid::Uuid;

impl ExportedRow for Session {
    async fn read(reader: &ExportReader, connection: &mut AsyncPgConnection, after: Uuid) -> QueryResult<Vec<Self>> {
        let sessions = sessions::table
            .filter(sessions::user_id.eq(reader.user_id))
            .filter(sessions::expires_at.gt(reader.now))
            .filter(sessions::id.gt(after))
            .order(sessions::id)
            .limit(PART_ROWS)
            .select(SessionRow::as_select());
        let rows = sessions.load::<SessionRow>(connection).await?;
        Ok(rows.into_iter().map(|row| row.of_owner(reader.rights)).collect())
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

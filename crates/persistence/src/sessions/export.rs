//! Sessions in the export of a user's data.

use super::{OwnedSessionRow, SessionRow};
use crate::{
    export::{ExportReader, ExportedRow, PART_ROWS},
    roles::held_role,
    schema::{sessions, users},
};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::Session;
use uuid::Uuid;

impl ExportedRow for Session {
    async fn read(reader: &ExportReader, connection: &mut AsyncPgConnection, after: Uuid) -> QueryResult<Vec<Self>> {
        let sessions = sessions::table
            .inner_join(users::table)
            .filter(sessions::user_id.eq(reader.user_id))
            .filter(sessions::expires_at.gt(reader.now))
            .filter(sessions::id.gt(after))
            .order(sessions::id)
            .limit(PART_ROWS)
            .select((SessionRow::as_select(), held_role()));
        let rows = sessions.load::<OwnedSessionRow>(connection).await?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

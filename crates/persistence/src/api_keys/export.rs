//! API keys in the export of a user's data.

use super::ApiKeyRow;
use crate::{
    export::{ExportReader, ExportedRow, PART_ROWS},
    schema::api_keys,
};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::ApiKey;
use uuid::Uuid;

impl ExportedRow for ApiKey {
    async fn read(reader: &ExportReader, connection: &mut AsyncPgConnection, after: Uuid) -> QueryResult<Vec<Self>> {
        let keys = api_keys::table
            .filter(api_keys::user_id.eq(reader.user_id))
            .filter(api_keys::id.gt(after))
            .order(api_keys::id)
            .limit(PART_ROWS)
            .select(ApiKeyRow::as_select());
        let rows = keys.load::<ApiKeyRow>(connection).await?;
        Ok(rows.into_iter().map(|row| row.of_owner(reader.rights)).collect())
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

//! API keys in the export of a user's data.

use super::{ApiKeyRow, OwnedApiKeyRow};
use crate::{
    export::{ExportReader, ExportedRow, PART_ROWS},
    roles::held_role,
    schema::{api_keys, users},
};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::ApiKey;
use uuid::Uuid;

impl ExportedRow for ApiKey {
    async fn read(reader: &ExportReader, connection: &mut AsyncPgConnection, after: Uuid) -> QueryResult<Vec<Self>> {
        let keys = api_keys::table
            .inner_join(users::table)
            .filter(api_keys::user_id.eq(reader.user_id))
            .filter(api_keys::id.gt(after))
            .order(api_keys::id)
            .limit(PART_ROWS)
            .select((ApiKeyRow::as_select(), held_role()));
        let rows = keys.load::<OwnedApiKeyRow>(connection).await?;
        Ok(rows.into_iter().map(ApiKey::from).collect())
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

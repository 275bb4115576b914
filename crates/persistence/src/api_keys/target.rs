//! An API key as the target of a request.

use super::{ApiKeyRow, LISTED_AFTER_EXPIRY};
use crate::{
    Database,
    lookup::{ReadContext, TargetIds, TargetRow},
    roles::{HeldRole, held_role},
    schema::{api_keys, users},
    write::OwnedRow,
};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{ApiKey, Rights, Role, User, policy::Resource};
use uuid::Uuid;

impl TargetRow for ApiKey {
    async fn load(
        mut connection: &AsyncPgConnection,
        ids: &[TargetIds],
        context: ReadContext<'_>,
    ) -> QueryResult<Vec<(TargetIds, Self)>> {
        let rows = api_keys::table
            .inner_join(users::table)
            .filter(api_keys::id.eq_any(ids.iter().map(|ids| ids.id)))
            .filter(api_keys::expires_at.gt(context.now - LISTED_AFTER_EXPIRY))
            .select((ApiKeyRow::as_select(), held_role()))
            .load::<(ApiKeyRow, HeldRole)>(&mut connection)
            .await?;
        let keys = rows.into_iter().map(|(row, owner)| row.of_owner(Role::from(owner).rights));
        Ok(keys.map(|key| (TargetIds::owned(key.user_id, key.id), key)).collect())
    }
}

impl OwnedRow for ApiKey {
    async fn lock(
        database: &Database,
        mut connection: &AsyncPgConnection,
        owner_id: Uuid,
        id: Uuid,
    ) -> QueryResult<Option<Self>> {
        let key = api_keys::table
            .find(id)
            .filter(api_keys::user_id.eq(owner_id))
            .filter(api_keys::expires_at.gt(database.clock.now() - LISTED_AFTER_EXPIRY))
            .select(ApiKeyRow::as_select())
            .for_update();
        Ok(key.get_result::<ApiKeyRow>(&mut connection).await.optional()?.map(|row| row.of_owner(Rights::NONE)))
    }

    fn owned_by(self, rights: Rights) -> Self {
        Self { owner: rights, ..self }
    }

    fn resource(owner_id: Uuid, key: Option<&Self>) -> Resource<'_> {
        Resource::ApiKey { owner: owner_id, key }
    }

    /// A key has no version of its own.
    fn version(&self, owner: &User) -> i64 {
        owner.version
    }
}

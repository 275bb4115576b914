//! A factor as the target of a request.

use super::{FactorRow, OwnedFactorRow, columns, is_live};
use crate::{
    Database,
    lookup::{ReadContext, TargetIds, TargetRow},
    roles::held_role,
    schema::{factors, users},
    write::OwnedRow,
};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{Factor, FactorSupport, Rights, User, policy::Resource};
use uuid::Uuid;

impl TargetRow for Factor {
    async fn load(
        mut connection: &AsyncPgConnection,
        ids: &[TargetIds],
        context: ReadContext<'_>,
    ) -> QueryResult<Vec<(TargetIds, Self)>> {
        let rows = factors::table
            .inner_join(users::table)
            .filter(factors::id.eq_any(ids.iter().map(|ids| ids.id)))
            .filter(is_live(context.now))
            .select((columns(context.rp_id.map(str::to_owned)), held_role()))
            .load::<OwnedFactorRow>(&mut connection)
            .await?;
        let factors = rows.into_iter().map(Factor::from);
        Ok(factors.map(|factor| (TargetIds::owned(factor.user_id, factor.id), factor)).collect())
    }
}

impl OwnedRow for Factor {
    async fn lock(
        database: &Database,
        mut connection: &AsyncPgConnection,
        owner_id: Uuid,
        id: Uuid,
    ) -> QueryResult<Option<Self>> {
        let factor = factors::table
            .find(id)
            .filter(factors::user_id.eq(owner_id))
            .filter(is_live(database.clock.now()))
            .select(columns(database.rp_id()))
            .for_update();
        Ok(factor.get_result::<FactorRow>(&mut connection).await.optional()?.map(|row| row.of_owner(Rights::NONE)))
    }

    fn owned_by(self, rights: Rights) -> Self {
        Self { owner: rights, ..self }
    }

    fn resource(owner_id: Uuid, factor: Option<&Self>) -> Resource<'_> {
        // What the service supports does not change while it runs: it was judged before.
        Resource::Factor { owner: owner_id, factor, support: FactorSupport::FULL }
    }

    fn version(&self, _: &User) -> i64 {
        self.version
    }
}

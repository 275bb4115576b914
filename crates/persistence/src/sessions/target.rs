//! A session as the target of a request.

use super::SessionRow;
use crate::{
    Database,
    lookup::{ReadContext, TargetIds, TargetRow},
    roles::{HeldRole, held_role},
    schema::{sessions, users},
    write::OwnedRow,
};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{Rights, Role, Session, User, policy::Resource};
use uuid::Uuid;

impl TargetRow for Session {
    async fn load(
        mut connection: &AsyncPgConnection,
        ids: &[TargetIds],
        context: ReadContext<'_>,
    ) -> QueryResult<Vec<(TargetIds, Self)>> {
        let rows = sessions::table
            .inner_join(users::table)
            .filter(sessions::id.eq_any(ids.iter().map(|ids| ids.id)))
            .filter(sessions::expires_at.gt(context.now))
            .select((SessionRow::as_select(), held_role()))
            .load::<(SessionRow, HeldRole)>(&mut connection)
            .await?;
        let sessions = rows.into_iter().map(|(row, owner)| row.of_owner(Role::from(owner).rights));
        Ok(sessions.map(|session| (TargetIds::owned(session.user_id, session.id), session)).collect())
    }
}

impl OwnedRow for Session {
    async fn lock(
        database: &Database,
        mut connection: &AsyncPgConnection,
        owner_id: Uuid,
        id: Uuid,
    ) -> QueryResult<Option<Self>> {
        let session = sessions::table
            .find(id)
            .filter(sessions::user_id.eq(owner_id))
            .filter(sessions::expires_at.gt(database.clock.now()))
            .select(SessionRow::as_select())
            .for_update();
        Ok(session.get_result::<SessionRow>(&mut connection).await.optional()?.map(|row| row.of_owner(Rights::NONE)))
    }

    fn owned_by(self, rights: Rights) -> Self {
        Self { owner: rights, ..self }
    }

    fn resource(owner_id: Uuid, session: Option<&Self>) -> Resource<'_> {
        Resource::Session { owner: owner_id, session }
    }

    /// A session has no version of its own.
    fn version(&self, owner: &User) -> i64 {
        owner.version
    }
}

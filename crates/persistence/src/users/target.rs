//! A user as the target of a request.

use crate::{
    lookup::{ReadContext, TargetIds, TargetRow},
    row::{UserRow, columns},
    schema::users,
};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::User;

impl TargetRow for User {
    async fn load(
        mut connection: &AsyncPgConnection,
        ids: &[TargetIds],
        context: ReadContext<'_>,
    ) -> QueryResult<Vec<(TargetIds, Self)>> {
        let rows = users::table
            .filter(users::id.eq_any(ids.iter().map(|ids| ids.id)))
            .select(columns(context.now, context.rules.verified_email))
            .load::<UserRow>(&mut connection)
            .await?;
        Ok(rows.into_iter().map(User::from).map(|user| (TargetIds::of(user.id), user)).collect())
    }
}

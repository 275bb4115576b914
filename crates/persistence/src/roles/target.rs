//! A role as the target of a request.

use super::row::{RoleRow, UserCounts};
use crate::{
    lookup::{ReadContext, TargetIds, TargetRow},
    schema::roles,
};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{RoleDetails, RoleName};

impl TargetRow for RoleDetails {
    async fn load(
        connection: &AsyncPgConnection,
        ids: &[TargetIds],
        _: ReadContext<'_>,
    ) -> QueryResult<Vec<(TargetIds, Self)>> {
        let names: Vec<_> = ids.iter().map(TargetIds::name).collect();
        let (rows, counts) = tokio::try_join!(
            roles::table
                .filter(roles::name.eq_any(&names))
                .select(RoleRow::as_select())
                .load::<RoleRow>(&mut &*connection),
            UserCounts::read(connection, &names)
        )?;
        let custom = rows.into_iter().map(|row| row.counted(&counts));
        let built_in = names.iter().filter_map(|name| {
            let role = RoleName::stored((*name).to_owned());
            Self::built_in(&role, counts.of(name))
        });
        let found = custom.chain(built_in);
        Ok(found.filter_map(|role| Some((TargetIds::named(role.role.name.as_str())?, role))).collect())
    }
}

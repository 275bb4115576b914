//! All roles, for forms that show which of them a caller may give.

use super::held::rights;
use crate::schema::roles;
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{Role, RoleName};

/// The built-in roles, then the others sorted by name.
pub(crate) async fn all_roles(mut connection: &AsyncPgConnection) -> QueryResult<Vec<Role>> {
    let rows = roles::table
        .order(roles::name)
        .select((roles::name, roles::permissions, roles::reserved))
        .load::<(String, Vec<String>, bool)>(&mut connection)
        .await?;
    let custom = rows
        .into_iter()
        .map(|(name, permissions, reserved)| Role::of(RoleName::stored(name), rights(&permissions, reserved)));
    Ok([Role::ADMIN, Role::USER].into_iter().chain(custom).collect())
}

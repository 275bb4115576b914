//! All roles, for forms that show which of them a caller may give.

use super::row::CustomRole;
use crate::schema::roles;
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::Role;

/// The built-in roles, then the others sorted by name.
pub(crate) async fn all_roles(mut connection: &AsyncPgConnection) -> QueryResult<Vec<Role>> {
    let rows =
        roles::table.order(roles::name).select(CustomRole::as_select()).load::<CustomRole>(&mut connection).await?;
    Ok([Role::ADMIN, Role::USER].into_iter().chain(rows.into_iter().map(Role::from)).collect())
}

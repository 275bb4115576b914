//! The role that a user has, read with the row of the user.

use crate::schema::{roles, users};
use diesel::{dsl::case_when, prelude::*};
use usher_domain::{PermissionSet, Rights, Role, RoleName};

/// A row of [`held_role`].
#[derive(Queryable)]
pub(crate) struct HeldRole {
    name: String,
    permissions: Option<Vec<String>>,
    reserved: Option<bool>,
}

/// The columns that the role of a user is read by. Postgres looks for a row only if the role is not built in.
#[diesel::dsl::auto_type]
pub(crate) fn held_role() -> _ {
    (
        users::role,
        case_when(is_custom(), of_user().select(roles::permissions).single_value()),
        case_when(is_custom(), of_user().select(roles::reserved).single_value()),
    )
}

#[diesel::dsl::auto_type]
fn is_custom() -> _ {
    users::role.ne("admin").and(users::role.ne("user"))
}

/// The row of a user's role.
#[diesel::dsl::auto_type]
fn of_user() -> _ {
    roles::table.filter(roles::name.eq(users::role))
}

/// The rights that a row of a role gives.
pub(crate) fn rights(permissions: &[String], reserved: bool) -> Rights {
    Rights::custom(PermissionSet::from_names(permissions.iter().map(String::as_str)), reserved)
}

impl From<HeldRole> for Role {
    /// A role without a row gives no rights.
    fn from(held: HeldRole) -> Self {
        let custom = rights(&held.permissions.unwrap_or_default(), held.reserved.unwrap_or_default());
        Self::of(RoleName::stored(held.name), custom)
    }
}

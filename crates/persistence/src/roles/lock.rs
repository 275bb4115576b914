//! Locking roles in a write: what they allow must not change until it has committed.

use super::row::{CustomRole, RoleRow, UserCounts};
use crate::{Error, database::found, schema::roles};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::cmp::Ordering;
use usher_domain::{
    Rights, Role, RoleDetails, RoleName, User,
    policy::{self, Principal},
};

/// Locks the roles of these users, whose rows are locked, and gives the users the rights that their roles have now. Built-in
/// roles never change: if all are, nothing is read.
pub(crate) async fn lock_held<'a>(
    connection: &AsyncPgConnection,
    users: impl Iterator<Item = &'a mut User>,
) -> Result<(), Error> {
    let users: Vec<_> = users.filter(|user| !user.role.name.is_built_in()).collect();
    if users.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = users.iter().map(|user| user.role.name.as_str()).collect();
    let locked = lock(connection, &names).await?;
    for user in users {
        let found = locked.iter().find(|role| role.name == user.role.name);
        user.role.rights = found.map_or(Rights::NONE, |role| role.rights);
    }
    Ok(())
}

/// Locks a role that the actor gives to a user.
///
/// # Errors
/// [`Error::UnknownRole`] if it does not exist, [`Error::NotGivable`] if the actor may not give it.
pub(crate) async fn lock_to_give(
    connection: &AsyncPgConnection,
    actor: &Principal,
    name: &RoleName,
) -> Result<(), Error> {
    let role = if name.is_built_in() {
        Role::of(name.clone(), Rights::NONE)
    } else {
        lock(connection, &[name.as_str()]).await?.pop().ok_or(Error::UnknownRole)?
    };
    if policy::may_give(actor, role.rights) { Ok(()) } else { Err(Error::NotGivable) }
}

/// Locks a role that is about to change, against those who are about to give it and against writes that rely on it, and the
/// actor's own role; `None` if the role does not exist. The two are locked in the order of their names, once if they are the
/// same, so that actors who change each other's roles do not wait for each other.
pub(crate) async fn lock_to_write(
    connection: &AsyncPgConnection,
    mut actor: Option<&mut User>,
    name: &RoleName,
) -> Result<Option<RoleDetails>, Error> {
    let order = actor.as_ref().map_or(Ordering::Greater, |actor| actor.role.name.cmp(name));
    if order == Ordering::Less {
        lock_held(connection, actor.as_deref_mut().into_iter()).await?;
    }
    let row = lock_row(connection, name).await?;
    if order == Ordering::Greater {
        lock_held(connection, actor.as_deref_mut().into_iter()).await?;
    }
    // After the lock, and so with all users who were given the role before it.
    let counts = UserCounts::read(connection, &[name.as_str()]).await?;
    let role = match row {
        Some(row) => Some(row.counted(&counts)),
        None => RoleDetails::built_in(name, counts.of(name.as_str())),
    };
    if order == Ordering::Equal
        && let Some(actor) = actor
    {
        actor.role.rights = role.as_ref().map_or(Rights::NONE, |role| role.role.rights);
    }
    Ok(role)
}

/// Built-in roles have no row.
async fn lock_row(mut connection: &AsyncPgConnection, name: &RoleName) -> Result<Option<RoleRow>, Error> {
    if name.is_built_in() {
        return Ok(None);
    }
    let row = roles::table.find(name.as_str()).select(RoleRow::as_select()).for_update();
    found(row.get_result::<RoleRow>(&mut connection).await)
}

async fn lock(mut connection: &AsyncPgConnection, names: &[&str]) -> Result<Vec<Role>, Error> {
    let rows = roles::table
        .filter(roles::name.eq_any(names))
        .order(roles::name)
        .select(CustomRole::as_select())
        .for_share()
        .load::<CustomRole>(&mut connection)
        .await?;
    Ok(rows.into_iter().map(Role::from).collect())
}

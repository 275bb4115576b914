//! The list of roles, a page at a time.

use super::row::{RoleRow, UserCounts};
use crate::{
    Database, Error,
    pages::{Asked, Found},
    schema::roles,
};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    RoleDetails, RoleName,
    cursor::{Cursor as _, Direction, RoleCursor},
    page::{MAX_LIMIT, Page, Start},
};

impl Database {
    /// A page of at most `limit` roles (1 to [`MAX_LIMIT`]), the built-in ones first and the others by name, and how many
    /// there are. There are few roles, so all are read.
    pub async fn list_roles(
        &self,
        start: &Start<RoleCursor>,
        limit: u32,
    ) -> Result<Page<RoleDetails, RoleCursor>, Error> {
        let roles = self.roles().await?;
        let limit = limit.clamp(1, MAX_LIMIT);
        let beside =
            |role: &RoleDetails, direction, position| RoleCursor::beside(role.role.name.clone(), direction, position);
        Ok(Asked { start, limit: i64::from(limit), beside }.page(found(roles, start, limit)))
    }

    /// All roles: the built-in ones first, then the others by name.
    pub async fn roles(&self) -> Result<Vec<RoleDetails>, Error> {
        self.snapshot(async |connection| Ok(read(connection).await?)).await
    }
}

async fn read(connection: &mut AsyncPgConnection) -> QueryResult<Vec<RoleDetails>> {
    let counts = UserCounts::read_all(connection).await?;
    let rows = roles::table.order(roles::name).select(RoleRow::as_select()).load::<RoleRow>(connection).await?;
    let built_in = [RoleName::ADMIN, RoleName::USER];
    let built_in = built_in.iter().filter_map(|name| RoleDetails::built_in(name, counts.of(name.as_str())));
    let custom = rows.into_iter().map(|row| row.counted(&counts));
    Ok(built_in.chain(custom).collect())
}

/// The part of the list that the page needs.
fn found(mut roles: Vec<RoleDetails>, start: &Start<RoleCursor>, limit: u32) -> Found<RoleDetails> {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let (total, limit) = (roles.len(), usize::try_from(limit).unwrap_or(usize::MAX));
    let (from, to, reached, other_side) = match start {
        Start::Offset(offset) => {
            let from = usize::try_from(*offset).unwrap_or(usize::MAX).min(total);
            (from, (from + limit).min(total), total - from, 0)
        }
        Start::Cursor(cursor) if cursor.direction() == Direction::Forward => {
            let name = RoleDetails::place(cursor.name());
            let from = roles.partition_point(|role| RoleDetails::place(&role.role.name) <= name);
            (from, (from + limit).min(total), total - from, from)
        }
        Start::Cursor(cursor) => {
            let name = RoleDetails::place(cursor.name());
            let to = roles.partition_point(|role| RoleDetails::place(&role.role.name) < name);
            (to.saturating_sub(limit), to, to, total - to)
        }
    };
    roles.truncate(to);
    Found { total: count(total), reached: count(reached), other_side: count(other_side), items: roles.split_off(from) }
}

//! The factors of a user, a page at a time.

use super::{OwnedFactorRow, columns, is_live};
use crate::{
    Database, Error,
    pages::{Asked, Bound, Stretch, chronology},
    roles::held_role,
    schema::{factors, users},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    Factor, FactorType,
    cursor::IdCursor,
    factor::MAX_FACTORS,
    page::{MAX_LIMIT, Page, Start},
};
use uuid::Uuid;

impl Database {
    /// A page of at most `limit` factors (1 to [`MAX_LIMIT`]) of a user, newest first, and whether the user has as many as a
    /// user can have. The caller must check that the cursor is of the list with the name `list`.
    pub async fn list_factors(
        &self,
        user: Uuid,
        list: &str,
        start: &Start<IdCursor>,
        limit: u32,
    ) -> Result<(Page<Factor, IdCursor>, bool), Error> {
        let (now, limit) = (self.clock.now(), i64::from(limit.clamp(1, MAX_LIMIT)));
        let found = self.snapshot(async |connection| {
            let of_user = factors::table.filter(factors::user_id.eq(user)).filter(is_live(now));
            let total = of_user.count().get_result(connection).await?;
            let is_full = is_full(connection, user).await?;
            let read = async |stretch| read(connection, user, now, self.rp_id(), stretch).await;
            Ok((chronology(start, limit, true, total, read).await?, is_full))
        });
        let (found, is_full) = found.await?;
        let beside = |factor: &Factor, direction, position| IdCursor::beside(factor.id, direction, position, list);
        Ok((Asked { start, limit, beside }.page(found), is_full))
    }
}

/// Whether a user has as many factors as a user can have. Recovery codes come with the others and do not count, and an
/// authenticator app that is not confirmed is no factor yet.
pub(super) async fn is_full(connection: &mut AsyncPgConnection, user: Uuid) -> Result<bool, Error> {
    let confirmed = factors::table
        .filter(factors::user_id.eq(user))
        .filter(factors::confirmed_at.is_not_null())
        .filter(factors::kind.ne(FactorType::RecoveryCodes.as_str()));
    Ok(confirmed.count().get_result::<i64>(connection).await? >= MAX_FACTORS)
}

async fn read(
    connection: &mut AsyncPgConnection,
    user: Uuid,
    now: DateTime<Utc>,
    rp_id: Option<String>,
    stretch: Stretch,
) -> Result<Vec<Factor>, Error> {
    let query = factors::table
        .inner_join(users::table)
        .filter(factors::user_id.eq(user))
        .filter(is_live(now))
        .select((columns(rp_id), held_role()))
        .into_boxed();
    let query = match stretch.bound {
        Bound::None => query,
        Bound::OlderThan(id) => query.filter(factors::id.lt(id)),
        Bound::NotOlderThan(id) => query.filter(factors::id.ge(id)),
        Bound::NewerThan(id) => query.filter(factors::id.gt(id)),
        Bound::NotNewerThan(id) => query.filter(factors::id.le(id)),
    };
    let query = if stretch.newest_first { query.order(factors::id.desc()) } else { query.order(factors::id.asc()) };
    let rows = query.offset(stretch.offset).limit(stretch.limit).load::<OwnedFactorRow>(connection).await?;
    Ok(rows.into_iter().map(Factor::from).collect())
}

//! The API keys of a user, a page at a time.

use super::{ApiKeyRow, LISTED_AFTER_EXPIRY, OwnedApiKeyRow};
use crate::{
    Database, Error,
    pages::{Asked, Bound, Stretch, chronology},
    roles::held_role,
    schema::{api_keys, users},
};
use chrono::{DateTime, Utc};
use diesel::{
    dsl::{count, count_star},
    prelude::*,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    ApiKey,
    cursor::IdCursor,
    page::{MAX_LIMIT, Page, Start},
};
use uuid::Uuid;

impl Database {
    /// A page of at most `limit` API keys (1 to [`MAX_LIMIT`]) of a user, newest first, and how many of the user's keys have not
    /// expired. The caller must check that the cursor is of the list with the name `list`.
    pub async fn list_api_keys(
        &self,
        user: Uuid,
        list: &str,
        start: &Start<IdCursor>,
        limit: u32,
    ) -> Result<(Page<ApiKey, IdCursor>, i64), Error> {
        let (now, limit) = (self.clock.now(), i64::from(limit.clamp(1, MAX_LIMIT)));
        let listed_until = now - LISTED_AFTER_EXPIRY;
        let found = self.snapshot(async |connection| {
            let of_user = api_keys::user_id.eq(user).and(api_keys::expires_at.gt(listed_until));
            let unexpired = count(api_keys::id).aggregate_filter(api_keys::expires_at.gt(now));
            let counts = api_keys::table.filter(of_user).select((count_star(), unexpired));
            let (total, unexpired) = counts.get_result::<(i64, i64)>(connection).await?;
            let read = async |stretch| read(connection, user, listed_until, stretch).await;
            Ok((chronology(start, limit, true, total, read).await?, unexpired))
        });
        let (found, unexpired) = found.await?;
        let beside = |key: &ApiKey, direction, position| IdCursor::beside(key.id, direction, position, list);
        Ok((Asked { start, limit, beside }.page(found), unexpired))
    }
}

async fn read(
    connection: &mut AsyncPgConnection,
    user: Uuid,
    listed_until: DateTime<Utc>,
    stretch: Stretch,
) -> Result<Vec<ApiKey>, Error> {
    let query = api_keys::table
        .inner_join(users::table)
        .filter(api_keys::user_id.eq(user).and(api_keys::expires_at.gt(listed_until)))
        .select((ApiKeyRow::as_select(), held_role()))
        .into_boxed();
    let query = match stretch.bound {
        Bound::None => query,
        Bound::OlderThan(id) => query.filter(api_keys::id.lt(id)),
        Bound::NotOlderThan(id) => query.filter(api_keys::id.ge(id)),
        Bound::NewerThan(id) => query.filter(api_keys::id.gt(id)),
        Bound::NotNewerThan(id) => query.filter(api_keys::id.le(id)),
    };
    let query = if stretch.newest_first { query.order(api_keys::id.desc()) } else { query.order(api_keys::id.asc()) };
    let rows = query.offset(stretch.offset).limit(stretch.limit).load::<OwnedApiKeyRow>(connection).await?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

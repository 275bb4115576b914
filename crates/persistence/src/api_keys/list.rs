//! The API keys of a user, a page at a time.

use super::{ApiKeyRow, LISTED_AFTER_EXPIRY};
use crate::{
    Database, Error,
    pages::{Asked, Stretch, chronology, stretched},
    schema::api_keys,
};
use chrono::{DateTime, Utc};
use diesel::{
    dsl::{count, count_star},
    prelude::*,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    ApiKey, User,
    cursor::IdCursor,
    page::{MAX_LIMIT, Page, Start},
};

impl Database {
    /// A page of at most `limit` API keys (1 to [`MAX_LIMIT`]) of a user, newest first, and how many of the user's keys have not
    /// expired. The caller must check that the cursor is of the list with the name `list`.
    pub async fn list_api_keys(
        &self,
        owner: &User,
        list: &str,
        start: &Start<IdCursor>,
        limit: u32,
    ) -> Result<(Page<ApiKey, IdCursor>, i64), Error> {
        let (now, limit) = (self.clock.now(), i64::from(limit.clamp(1, MAX_LIMIT)));
        let listed_until = now - LISTED_AFTER_EXPIRY;
        let found = self.snapshot(async |connection| {
            let of_owner = api_keys::user_id.eq(owner.id).and(api_keys::expires_at.gt(listed_until));
            let unexpired = count(api_keys::id).aggregate_filter(api_keys::expires_at.gt(now));
            let counts = api_keys::table.filter(of_owner).select((count_star(), unexpired));
            let (total, unexpired) = counts.get_result::<(i64, i64)>(connection).await?;
            let read = async |stretch| read(connection, owner, listed_until, stretch).await;
            Ok((chronology(start, limit, true, total, read).await?, unexpired))
        });
        let (found, unexpired) = found.await?;
        let beside = |key: &ApiKey, direction, position| IdCursor::beside(key.id, direction, position, list);
        Ok((Asked { start, limit, beside }.page(found), unexpired))
    }
}

async fn read(
    connection: &mut AsyncPgConnection,
    owner: &User,
    listed_until: DateTime<Utc>,
    stretch: Stretch,
) -> Result<Vec<ApiKey>, Error> {
    let of_owner = api_keys::user_id.eq(owner.id).and(api_keys::expires_at.gt(listed_until));
    let query = api_keys::table.filter(of_owner).select(ApiKeyRow::as_select()).into_boxed();
    let rows = stretched!(query, api_keys::id, stretch).load::<ApiKeyRow>(connection).await?;
    Ok(rows.into_iter().map(|row| row.of_owner(owner.role.rights)).collect())
}

//! The sessions of a user, a page at a time.

use super::{OwnedSessionRow, SessionRow};
use crate::{
    Database, Error,
    pages::{Asked, Bound, Stretch, chronology},
    roles::held_role,
    schema::{sessions, users},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    Session,
    cursor::IdCursor,
    page::{MAX_LIMIT, Page, Start},
};
use uuid::Uuid;

impl Database {
    /// A page of at most `limit` sessions (1 to [`MAX_LIMIT`]) of a user, newest first, and how many there are. The
    /// caller must check that the cursor is of the list with the name `list`.
    pub async fn list_sessions(
        &self,
        user: Uuid,
        list: &str,
        start: &Start<IdCursor>,
        limit: u32,
    ) -> Result<Page<Session, IdCursor>, Error> {
        let (now, limit) = (self.clock.now(), i64::from(limit.clamp(1, MAX_LIMIT)));
        let found = self.snapshot(async |connection| {
            let of_user = sessions::user_id.eq(user).and(sessions::expires_at.gt(now));
            let total = sessions::table.filter(of_user).count().get_result(connection).await?;
            chronology(start, limit, true, total, async |stretch| read(connection, user, now, stretch).await).await
        });
        let found = found.await?;
        let beside = |session: &Session, direction, position| IdCursor::beside(session.id, direction, position, list);
        Ok(Asked { start, limit, beside }.page(found))
    }
}

async fn read(
    connection: &mut AsyncPgConnection,
    user: Uuid,
    now: DateTime<Utc>,
    stretch: Stretch,
) -> Result<Vec<Session>, Error> {
    let of_user = sessions::user_id.eq(user).and(sessions::expires_at.gt(now));
    let query = sessions::table
        .inner_join(users::table)
        .filter(of_user)
        .select((SessionRow::as_select(), held_role()))
        .into_boxed();
    let query = match stretch.bound {
        Bound::None => query,
        Bound::OlderThan(id) => query.filter(sessions::id.lt(id)),
        Bound::NotOlderThan(id) => query.filter(sessions::id.ge(id)),
        Bound::NewerThan(id) => query.filter(sessions::id.gt(id)),
        Bound::NotNewerThan(id) => query.filter(sessions::id.le(id)),
    };
    let query = if stretch.newest_first { query.order(sessions::id.desc()) } else { query.order(sessions::id.asc()) };
    let rows = query.offset(stretch.offset).limit(stretch.limit).load::<OwnedSessionRow>(connection).await?;
    Ok(rows.into_iter().map(Session::from).collect())
}

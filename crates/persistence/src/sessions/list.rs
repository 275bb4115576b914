//! The sessions of a user, a page at a time.

use super::SessionRow;
use crate::{
    Database, Error,
    pages::{Asked, Stretch, chronology, stretched},
    schema::sessions,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    Session, User,
    cursor::IdCursor,
    page::{MAX_LIMIT, Page, Start},
};

impl Database {
    /// A page of at most `limit` sessions (1 to [`MAX_LIMIT`]) of a user, newest first, and how many there are. The
    /// caller must check that the cursor is of the list with the name `list`.
    pub async fn list_sessions(
        &self,
        owner: &User,
        list: &str,
        start: &Start<IdCursor>,
        limit: u32,
    ) -> Result<Page<Session, IdCursor>, Error> {
        let (now, limit) = (self.clock.now(), i64::from(limit.clamp(1, MAX_LIMIT)));
        let found = self.snapshot(async |connection| {
            let of_owner = sessions::user_id.eq(owner.id).and(sessions::expires_at.gt(now));
            let total = sessions::table.filter(of_owner).count().get_result(connection).await?;
            chronology(start, limit, true, total, async |stretch| read(connection, owner, now, stretch).await).await
        });
        let found = found.await?;
        let beside = |session: &Session, direction, position| IdCursor::beside(session.id, direction, position, list);
        Ok(Asked { start, limit, beside }.page(found))
    }
}

async fn read(
    connection: &mut AsyncPgConnection,
    owner: &User,
    now: DateTime<Utc>,
    stretch: Stretch,
) -> Result<Vec<Session>, Error> {
    let of_owner = sessions::user_id.eq(owner.id).and(sessions::expires_at.gt(now));
    let query = sessions::table.filter(of_owner).select(SessionRow::as_select()).into_boxed();
    let rows = stretched!(query, sessions::id, stretch).load::<SessionRow>(connection).await?;
    Ok(rows.into_iter().map(|row| row.of_owner(owner.role.rights)).collect())
}

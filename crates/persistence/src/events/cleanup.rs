//! Deleting old events from the feed.

use crate::Error;
use chrono::{DateTime, Utc};
use diesel::{
    sql_query,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// Only from the beginning, so that no reader misses an event between two others, and never the newest event, whose position says
/// which one is next.
const DELETE: &str = "WITH oldest AS ( \
        SELECT position, at FROM events WHERE position < (SELECT max(position) FROM events) ORDER BY position LIMIT $2 \
    ) DELETE FROM events WHERE position <= (SELECT max(position) FROM oldest) \
        AND position < coalesce((SELECT min(position) FROM oldest WHERE at >= $1), (SELECT max(position) + 1 FROM oldest))";

/// Deletes a batch of the events from before this time, and returns how many.
pub(crate) async fn cleanup(
    connection: &mut AsyncPgConnection,
    kept_since: DateTime<Utc>,
    batch: i64,
) -> Result<usize, Error> {
    let delete = sql_query(DELETE).bind::<Timestamptz, _>(kept_since).bind::<BigInt, _>(batch);
    Ok(delete.execute(connection).await?)
}

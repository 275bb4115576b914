//! Deletes API keys that expired so long ago that they are not listed any more.

use super::LISTED_AFTER_EXPIRY;
use crate::Error;
use chrono::{DateTime, Utc};
use diesel::{
    sql_query,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// Deletes at most `batch` keys.
pub(crate) async fn cleanup(
    connection: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    batch: i64,
) -> Result<usize, Error> {
    let statement = "DELETE FROM api_keys WHERE id IN \
        (SELECT id FROM api_keys WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let expired = sql_query(statement).bind::<Timestamptz, _>(now - LISTED_AFTER_EXPIRY).bind::<BigInt, _>(batch);
    Ok(expired.execute(connection).await?)
}

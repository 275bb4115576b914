//! Deletes authenticator apps that were not confirmed in time, and what is left of sign-ins and passkey ceremonies that have
//! expired.

use crate::Error;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    sql_query,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::factor::CONFIRMABLE_FOR;

/// How long a spent ceremony is kept after it has expired: longer than the clocks of replicas differ, so that none takes it again.
const SPENT_KEPT_FOR: TimeDelta = TimeDelta::minutes(1);

const UNCONFIRMED: &str = "DELETE FROM factors WHERE id IN (SELECT id FROM factors \
    WHERE confirmed_at IS NULL AND created_at <= $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)";
const MFA_TOKENS: &str = "DELETE FROM mfa_tokens WHERE digest IN (SELECT digest FROM mfa_tokens \
    WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)";
const CEREMONIES: &str = "DELETE FROM ceremonies WHERE digest IN (SELECT digest FROM ceremonies \
    WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)";
const SPENT_CEREMONIES: &str = "DELETE FROM spent_ceremonies WHERE digest IN (SELECT digest FROM spent_ceremonies \
    WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)";

/// Deletes at most `batch` rows of each table.
pub(crate) async fn cleanup(
    connection: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    batch: i64,
) -> Result<usize, Error> {
    let mut deleted = 0;
    for (statement, until) in [
        (UNCONFIRMED, now - CONFIRMABLE_FOR),
        (MFA_TOKENS, now),
        (CEREMONIES, now),
        (SPENT_CEREMONIES, now - SPENT_KEPT_FOR),
    ] {
        let statement = sql_query(statement).bind::<Timestamptz, _>(until).bind::<BigInt, _>(batch);
        deleted += statement.execute(connection).await?;
    }
    Ok(deleted)
}

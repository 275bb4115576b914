//! Removes rows that are not needed any more.

use crate::Error;
use chrono::{DateTime, Utc};
use diesel::{sql_query, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::MailKind;

/// Removes mails that were sent and no longer count against a quota, and expired tokens; at most `most` of each.
pub(crate) async fn cleanup(connection: &mut AsyncPgConnection, now: DateTime<Utc>, most: i64) -> Result<usize, Error> {
    let sent = "DELETE FROM outbox WHERE id IN (SELECT outbox.id \
        FROM outbox JOIN unnest($1, $2) AS quota (kind, since) ON quota.kind = outbox.kind \
        WHERE due_at IS NULL AND counted_at < since LIMIT $3 FOR UPDATE OF outbox SKIP LOCKED)";
    let expired = "DELETE FROM mailed_tokens WHERE digest IN (SELECT digest FROM mailed_tokens \
        WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let (kinds, since): (Vec<_>, Vec<_>) =
        MailKind::ALL.iter().copied().map(|kind| (kind.as_str(), now - kind.quota().1)).unzip();
    let sent = sql_query(sent)
        .bind::<sql_types::Array<sql_types::Text>, _>(kinds)
        .bind::<sql_types::Array<sql_types::Timestamptz>, _>(since)
        .bind::<sql_types::BigInt, _>(most)
        .execute(connection)
        .await?;
    let expired = sql_query(expired)
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::BigInt, _>(most)
        .execute(connection)
        .await?;
    Ok(sent + expired)
}

//! When API keys were last used: recorded once an hour for each key, in the background, so that no request waits for it.

use crate::{Database, Error, lookup::hour};
use diesel::{
    sql_query,
    sql_types::{Array, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use tracing::Instrument;
use uuid::Uuid;

impl Database {
    /// Records in the background that a key is used now. A use that cannot be written is forgotten; the next one follows.
    pub fn record_api_key_use(&self, key: Uuid) {
        if !self.key_uses.add(key) {
            return;
        }
        let database = self.clone();
        let write = async move {
            while let Some(keys) = database.key_uses.take() {
                if let Err(error) = database.write_api_key_uses(&keys).await {
                    tracing::debug!(%error, "the last use of API keys could not be recorded");
                }
            }
        };
        tokio::spawn(write.in_current_span());
    }

    async fn write_api_key_uses(&self, keys: &[Uuid]) -> Result<(), Error> {
        // A key that is locked, for example because it is being revoked, is left out.
        let statement = "UPDATE api_keys SET last_used_at = $1 WHERE id IN \
            (SELECT id FROM api_keys WHERE id = ANY($2) AND (last_used_at IS NULL OR last_used_at < $1) \
                FOR NO KEY UPDATE SKIP LOCKED)";
        let update =
            sql_query(statement).bind::<Timestamptz, _>(hour(self.clock.now())).bind::<Array<SqlUuid>, _>(keys);
        self.with_connection(async |connection| Ok(update.execute(connection).await.map(drop)?)).await
    }
}

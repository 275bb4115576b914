//! The keys that sign access tokens, as they rest: wrapped.

use crate::{Database, Error, schema::signing_keys};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// A signing key as it is kept.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = signing_keys)]
pub struct StoredKey {
    pub kid: String,
    /// The private half, encrypted by whoever made it.
    pub wrapped: Vec<u8>,
    pub created_at: DateTime<Utc>,
    /// From when on it signs.
    pub signs_from: DateTime<Utc>,
}

impl Database {
    /// Every key whose tokens are good, oldest first.
    pub async fn signing_keys(&self) -> Result<Vec<StoredKey>, Error> {
        let mut connection = self.connection().await?;
        let keys = signing_keys::table.order((signing_keys::signs_from, signing_keys::kid));
        Ok(keys.load(&mut connection).await?)
    }

    /// Adds the first key, unless another replica was faster; returns the keys there are now.
    pub async fn add_first_signing_key(&self, key: &StoredKey) -> Result<Vec<StoredKey>, Error> {
        self.transaction(async |connection| {
            diesel::sql_query("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE").execute(connection).await?;
            let keys = signing_keys::table.order((signing_keys::signs_from, signing_keys::kid));
            let there: Vec<StoredKey> = keys.load(connection).await?;
            if !there.is_empty() {
                return Ok(there);
            }
            diesel::insert_into(signing_keys::table).values(key).execute(connection).await?;
            Ok(vec![key.clone()])
        })
        .await
    }
}

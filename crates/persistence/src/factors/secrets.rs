//! The secrets of authenticator apps, encrypted.

use crate::{Database, Error, database::found, schema::factors};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// The secret of an authenticator app, as it is stored.
#[derive(Clone, Queryable)]
pub struct SealedSecret {
    pub factor_id: Uuid,
    /// Encrypted by the caller.
    pub secret: Vec<u8>,
}

impl Database {
    /// The secret of an authenticator app; `None` if the factor does not exist or has none.
    pub async fn totp_secret(&self, factor_id: Uuid) -> Result<Option<Vec<u8>>, Error> {
        self.read(async |connection| {
            let secret = factors::table.find(factor_id).select(factors::secret);
            Ok(found(secret.get_result::<Option<Vec<u8>>>(connection).await)?.flatten())
        })
        .await
    }

    /// The `limit` secrets of confirmed authenticator apps after the factor `after`, or the first, in the order of their ids.
    pub async fn totp_secrets(&self, after: Option<Uuid>, limit: i64) -> Result<Vec<SealedSecret>, Error> {
        let secrets = factors::table
            .filter(factors::id.gt(after.unwrap_or(Uuid::nil())))
            .filter(factors::confirmed_at.is_not_null())
            .filter(factors::secret.is_not_null())
            .order(factors::id)
            .limit(limit)
            .select((factors::id, factors::secret.assume_not_null()));
        self.read(async |connection| Ok(secrets.load(connection).await?)).await
    }
}

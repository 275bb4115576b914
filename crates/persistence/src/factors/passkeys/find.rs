//! Finding passkeys.

use crate::{Database, Error, database::found, schema::factors};
use diesel::{
    dsl::{max, min},
    prelude::*,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

impl Database {
    /// The user who has the passkey with this id for this domain.
    pub async fn owner_of_passkey(&self, credential_id: &[u8], rp_id: &str) -> Result<Option<Uuid>, Error> {
        let owner = factors::table
            .filter(factors::credential_id.eq(credential_id))
            .filter(factors::rp_id.eq(rp_id))
            .select(factors::user_id);
        self.read(async |connection| found(owner.get_result(connection).await)).await
    }

    /// The passkeys for this domain that a user has.
    pub async fn passkeys_of(&self, user_id: Uuid, rp_id: &str) -> Result<Vec<Value>, Error> {
        self.read(async |connection| passkeys(connection, user_id, rp_id).await).await
    }

    /// How many passkeys are not for this domain. Without one, none of them is.
    pub async fn count_passkeys_of_other_domains(&self, rp_id: Option<&str>) -> Result<i64, Error> {
        self.read(async |connection| {
            let domains = factors::table.select((min(factors::rp_id), max(factors::rp_id)));
            let (first, last): (Option<String>, Option<String>) = domains.get_result(connection).await?;
            if first.as_deref() == rp_id && last.as_deref() == rp_id {
                // The usual case: the index has answered it, however many passkeys there are.
                return Ok(0);
            }
            let passkeys = factors::table.filter(factors::rp_id.is_not_null());
            let of_others = passkeys.filter(factors::rp_id.is_distinct_from(rp_id));
            Ok(of_others.count().get_result(connection).await?)
        })
        .await
    }
}

/// The passkeys for this domain that a user has, oldest first.
pub(super) async fn passkeys(
    connection: &mut AsyncPgConnection,
    user_id: Uuid,
    rp_id: &str,
) -> Result<Vec<Value>, Error> {
    let passkeys = factors::table
        .filter(factors::user_id.eq(user_id))
        .filter(factors::rp_id.eq(rp_id))
        .order(factors::id)
        .select(factors::credential.assume_not_null());
    Ok(passkeys.load(connection).await?)
}

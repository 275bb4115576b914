//! The keys that sign access tokens, encrypted (wrapped).

use crate::{
    Database, Error, audit::Record, lookup::signing_key_revision, schema::signing_keys, write_request::RequestMetadata,
};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{prelude::*, sql_query, sql_types::Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{Clock, audit::Event};

/// Excludes other writers, but not readers.
const LOCK: &str = "LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE";
/// How much longer a key is kept than the last token that it can have signed: clocks and settings differ between replicas.
const MARGIN: TimeDelta = TimeDelta::minutes(1);

/// A signing key as it is stored.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = signing_keys)]
pub struct StoredKey {
    pub kid: String,
    /// The private half, encrypted by the caller.
    pub wrapped: Vec<u8>,
    pub created_at: DateTime<Utc>,
    /// When it begins to sign.
    pub signs_from: DateTime<Utc>,
}

/// The keys in use at one moment.
#[derive(Debug, Clone)]
pub struct StoredKeys {
    /// Differs for every set of keys.
    pub revision: i64,
    /// Every key whose tokens are valid, oldest first.
    pub keys: Vec<StoredKey>,
}

impl Database {
    /// The keys in use.
    pub async fn signing_keys(&self) -> Result<StoredKeys, Error> {
        self.snapshot(async |connection| {
            let revision = diesel::select(signing_key_revision()).get_result::<Option<i64>>(connection).await?;
            let keys =
                signing_keys::table.order((signing_keys::signs_from, signing_keys::kid)).load(connection).await?;
            Ok(StoredKeys { revision: revision.unwrap_or_default(), keys })
        })
        .await
    }

    /// Adds the first key, unless another replica has added one.
    pub async fn add_first_signing_key(&self, key: &StoredKey) -> Result<(), Error> {
        self.transaction(async |connection| {
            sql_query(LOCK).execute(connection).await?;
            if signing_keys::table.count().get_result::<i64>(connection).await? == 0 {
                diesel::insert_into(signing_keys::table).values(key).execute(connection).await?;
            }
            Ok(())
        })
        .await
    }

    /// Adds a key to those in use.
    pub async fn add_signing_key(&self, key: &StoredKey) -> Result<(), Error> {
        self.transaction(async |connection| {
            sql_query(LOCK).execute(connection).await?;
            diesel::insert_into(signing_keys::table).values(key).execute(connection).await?;
            record(connection, Event::SigningKeyRotated, &self.clock).await
        })
        .await
    }

    /// Replaces all keys by this one, and returns how many those were.
    pub async fn replace_signing_keys(&self, key: &StoredKey) -> Result<usize, Error> {
        self.transaction(async |connection| {
            sql_query(LOCK).execute(connection).await?;
            let revoked = diesel::delete(signing_keys::table).execute(connection).await?;
            diesel::insert_into(signing_keys::table).values(key).execute(connection).await?;
            record(connection, Event::SigningKeysRevoked, &self.clock).await?;
            Ok(revoked)
        })
        .await
    }
}

async fn record(connection: &mut AsyncPgConnection, event: Event, clock: &Clock) -> Result<(), Error> {
    Record::success(event, None).write(connection, clock, &RequestMetadata::default()).await
}

/// Deletes keys whose last token has expired.
pub(crate) async fn cleanup(
    connection: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    token_lifetime: TimeDelta,
) -> Result<usize, Error> {
    // A key signs until the next one does.
    let statement = "DELETE FROM signing_keys AS key WHERE EXISTS (SELECT FROM signing_keys AS next \
        WHERE (next.signs_from, next.kid) > (key.signs_from, key.kid) AND next.signs_from <= $1)";
    let until = now - token_lifetime - MARGIN;
    Ok(sql_query(statement).bind::<Timestamptz, _>(until).execute(connection).await?)
}

//! Brings the database to the schema of this version.

use crate::{Error, pool::connect};
use diesel::{QueryableByName, sql_query, sql_types::Bool};
use diesel_async::{AsyncMigrationHarness, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::time::Duration;
use tokio::runtime::Handle;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// The advisory lock that lets one replica migrate at a time.
const LOCK: &str = "SELECT pg_try_advisory_lock(hashtext('usher.migrate')::bigint) AS taken";
const WAIT: Duration = Duration::from_millis(200);

#[derive(QueryableByName)]
struct Lock {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

/// Applies the migrations that are missing and returns their names. Waits while another replica migrates. Must run on a
/// multi-threaded runtime: the harness blocks its thread.
pub async fn migrate(url: &str) -> Result<Vec<String>, Error> {
    let mut connection = connect(url, &Handle::current()).await?;
    // An index on a large table takes longer than any request may.
    connection
        .batch_execute("SET statement_timeout = 0; SET lock_timeout = 0; SET client_min_messages = warning")
        .await?;
    while !sql_query(LOCK).get_result::<Lock>(&mut connection).await?.taken {
        tokio::time::sleep(WAIT).await;
    }
    // The lock goes with the connection.
    let mut harness = AsyncMigrationHarness::new(connection);
    match harness.run_pending_migrations(MIGRATIONS) {
        Ok(versions) => Ok(versions.iter().map(ToString::to_string).collect()),
        Err(error) => Err(Error::Migration(error.to_string())),
    }
}

/// Whether the database lacks migrations of this version.
pub async fn pending(url: &str) -> Result<bool, Error> {
    let connection = connect(url, &Handle::current()).await?;
    AsyncMigrationHarness::new(connection)
        .has_pending_migration(MIGRATIONS)
        .map_err(|error| Error::Migration(error.to_string()))
}

//! Brings the database to the schema of this version.

use crate::{Error, SharedMailbox, access::Access, address_keys, connection::Connector};
use diesel::{
    QueryableByName,
    migration::{Migration, MigrationSource},
    pg::Pg,
    sql_query,
    sql_types::{Bool, Text},
};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::{collections::HashSet, time::Duration};
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

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

/// How the schema of a database compares with that of this version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Whether migrations are missing.
    pub is_outdated: bool,
    /// Why the role could not migrate it or, if no migration is missing, not work with it. Each is a sentence with the remedy.
    pub obstacles: Vec<String>,
}

/// Applies the migrations that are missing and returns their names; then brings keys of e-mail addresses to the form of this
/// version, and logs those that cannot be. Waits while another replica migrates. Must run on a multi-threaded
/// runtime: the harness blocks its thread.
///
/// # Errors
/// [`Error::Migration`] names the missing privileges if the role may not migrate the database. [`Error::ReadOnly`] if migrations
/// are missing and the server takes no writes.
pub async fn migrate(url: &str) -> Result<Vec<String>, Error> {
    let mut connection = Connector::new(url).connect(&Handle::current()).await?;
    // An index on a large table takes longer than any request may.
    connection
        .batch_execute("SET statement_timeout = 0; SET lock_timeout = 0; SET client_min_messages = warning")
        .await?;
    while !sql_query(LOCK).get_result::<Lock>(&mut connection).await?.taken {
        tokio::time::sleep(WAIT).await;
    }
    // Checked before the harness runs: it wants to create a table, which the role may not be allowed to if nothing is missing.
    let access = Access::of(&mut connection).await?;
    if !is_outdated(&access, &mut connection).await? {
        renew_keys(&mut connection).await?;
        return Ok(Vec::new());
    }
    access.takes_writes()?;
    let obstacles = access.obstacles_to_migrating();
    if !obstacles.is_empty() {
        return Err(failed(obstacles.join("; ")));
    }
    // The lock goes with the connection.
    let mut harness = AsyncMigrationHarness::new(connection);
    let applied = match harness.run_pending_migrations(MIGRATIONS) {
        Ok(versions) => versions.iter().map(ToString::to_string).collect(),
        Err(error) => return Err(failed(error)),
    };
    renew_keys(&mut harness.into_inner()).await?;
    Ok(applied)
}

async fn renew_keys(connection: &mut AsyncPgConnection) -> Result<(), Error> {
    for SharedMailbox { user, other } in address_keys::renew(connection).await? {
        tracing::warn!(
            %user, %other,
            "two users have one mailbox: their e-mail addresses are two spellings of it; change the address of one of them, or \
             delete one"
        );
    }
    Ok(())
}

/// Compares the schema of the database with that of this version, and changes nothing.
pub async fn compare_schema(url: &str) -> Result<Schema, Error> {
    compare(url, |_| Ok(())).await
}

/// The same for a service that is about to use the database.
///
/// # Errors
/// [`Error::ReadOnly`] if the server takes no writes.
pub async fn compare_schema_of_primary(url: &str) -> Result<Schema, Error> {
    compare(url, Access::takes_writes).await
}

async fn compare(url: &str, check: impl Fn(&Access) -> Result<(), Error>) -> Result<Schema, Error> {
    let mut connection = Connector::new(url).connect(&Handle::current()).await?;
    let access = Access::of(&mut connection).await?;
    check(&access)?;
    let is_outdated = is_outdated(&access, &mut connection).await?;
    let obstacles = if is_outdated { access.obstacles_to_migrating() } else { access.obstacles_to_serving() };
    Ok(Schema { is_outdated, obstacles })
}

async fn is_outdated(access: &Access, connection: &mut AsyncPgConnection) -> Result<bool, Error> {
    if !access.migrated {
        return Ok(true);
    }
    access.reads_migrations()?;
    let applied: Vec<Applied> = sql_query("SELECT version FROM __diesel_schema_migrations").load(connection).await?;
    let applied: HashSet<String> = applied.into_iter().map(|applied| applied.version).collect();
    let known: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS.migrations().map_err(failed)?;
    Ok(known.iter().any(|migration| !applied.contains(&migration.name().version().to_string())))
}

fn failed(why: impl std::fmt::Display) -> Error {
    Error::migration(format!("the database could not be migrated: {why}"))
}

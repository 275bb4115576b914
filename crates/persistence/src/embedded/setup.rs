//! What is asked of a Postgres that has just been started.

use std::time::Duration;

use tokio_postgres::{Client, NoTls, error::SqlState};

use super::{DATABASE, error::EmbeddedError};

/// Whether the service's database takes connections. Makes it if the cluster is new.
pub(super) async fn is_ready(url: &str, maintenance_url: impl Fn() -> String) -> Result<bool, EmbeddedError> {
    let Err(error) = connect(url).await else {
        return Ok(true);
    };
    if error.code() != Some(&SqlState::INVALID_CATALOG_NAME) {
        return not_yet(error);
    }
    let client = match connect(&maintenance_url()).await {
        Ok(client) => client,
        Err(error) => return not_yet(error),
    };
    client.batch_execute(&format!("CREATE DATABASE {DATABASE}")).await.map_err(EmbeddedError::Refused)?;
    Ok(true)
}

/// Whether `pg_trgm` is installed beside this Postgres.
pub(super) async fn has_trigrams(url: &str) -> Result<bool, EmbeddedError> {
    let client = connect(url).await.map_err(EmbeddedError::Refused)?;
    let rows = client
        .query("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'", &[])
        .await
        .map_err(EmbeddedError::Refused)?;
    Ok(!rows.is_empty())
}

/// Sorts what passes by itself (no socket, starting up, recovering) from what does not.
fn not_yet(error: tokio_postgres::Error) -> Result<bool, EmbeddedError> {
    match error.code() {
        None | Some(&SqlState::CANNOT_CONNECT_NOW) => Ok(false),
        Some(_) => Err(EmbeddedError::Refused(error)),
    }
}

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let mut config: tokio_postgres::Config = url.parse()?;
    config.connect_timeout(Duration::from_secs(5));
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

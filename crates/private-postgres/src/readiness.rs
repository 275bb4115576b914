//! Whether a Postgres that has just been started is ready for the service.

use crate::{error::Error, url::DATABASE};
use std::time::Duration;
use tokio_postgres::{Client, NoTls, error::SqlState};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether the service's database accepts connections. Creates it if the cluster is new.
pub(crate) async fn is_ready(url: &str, maintenance_url: &str) -> Result<bool, Error> {
    let Err(error) = connect(url).await else {
        return Ok(true);
    };
    if error.code() != Some(&SqlState::INVALID_CATALOG_NAME) {
        return not_yet(error);
    }
    let client = match connect(maintenance_url).await {
        Ok(client) => client,
        Err(error) => return not_yet(error),
    };
    client.batch_execute(&format!("CREATE DATABASE {DATABASE}")).await.map_err(Error::Refused)?;
    Ok(true)
}

/// Whether `pg_trgm` is installed with this Postgres.
pub(crate) async fn has_trigrams(url: &str) -> Result<bool, Error> {
    let client = connect(url).await.map_err(Error::Refused)?;
    let rows = client
        .query("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'", &[])
        .await
        .map_err(Error::Refused)?;
    Ok(!rows.is_empty())
}

/// `false` for an error that will pass (no socket yet, starting up, recovering); others stay errors.
fn not_yet(error: tokio_postgres::Error) -> Result<bool, Error> {
    match error.code() {
        None | Some(&SqlState::CANNOT_CONNECT_NOW) => Ok(false),
        Some(_) => Err(Error::Refused(error)),
    }
}

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let mut config: tokio_postgres::Config = url.parse()?;
    config.connect_timeout(CONNECT_TIMEOUT);
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

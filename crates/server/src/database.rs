//! The database of a command: the one in the settings, or the private Postgres.

use crate::{
    failure::{Context, Failure},
    secrets,
    settings::DatabaseSettings,
};
use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};
use tokio::runtime::Handle;
use usher_domain::Clock;
use usher_persistence::{Database, Error, Schema};
use usher_private_postgres::{Durability, Options, PrivatePostgres, exists, running};

const DATABASE_URL: &str = "DATABASE_URL";
/// Connections in the pool.
pub const POOL_SIZE: usize = 16;
/// Maximum number of connections of the private Postgres: those of the service and of commands at the same time.
const PRIVATE_CONNECTIONS: u32 = 64;
/// Maximum time to wait for the database at the start.
const START_TIMEOUT: Duration = Duration::from_secs(15);
const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// The Postgres of a command: its URL, and the private Postgres if this process has started it.
pub struct Postgres {
    pub url: String,
    /// The data directory, for a private Postgres.
    data_dir: Option<PathBuf>,
    private: Option<PrivatePostgres>,
}

impl Postgres {
    /// The database of the service: the one in the settings, or a private Postgres that is started.
    pub async fn for_service(settings: &DatabaseSettings) -> Result<Self, Failure> {
        match Self::of_settings()? {
            Some(postgres) => Ok(postgres),
            None => Self::start(settings).await,
        }
    }

    /// The database for a command. While a service runs on its private Postgres, it is that one. No private Postgres is
    /// created.
    pub async fn existing(settings: &DatabaseSettings) -> Result<Self, Failure> {
        if let Some(postgres) = Self::known(settings)? {
            return Ok(postgres.announced());
        }
        if exists(&settings.data_dir).or_fail()? {
            return Ok(Self::start(settings).await?.announced());
        }
        Err(Failure::new(format!(
            "there is no private Postgres in {}, and DATABASE_URL is not set; name the data directory of the service in \
             USHER_DATA_DIR or its database in DATABASE_URL (`usher serve` creates a private Postgres)",
            settings.data_dir.display()
        )))
    }

    /// The same for a command that adds users: a private Postgres is created if there is none.
    pub async fn existing_or_new(settings: &DatabaseSettings) -> Result<Self, Failure> {
        match Self::known(settings)? {
            Some(postgres) => Ok(postgres.announced()),
            None => Ok(Self::start(settings).await?.announced()),
        }
    }

    /// Prints on standard error which private Postgres a command uses. The data directory decides that, and another user may
    /// have created one in the working directory of the command. With `DATABASE_URL` the operator has chosen the database.
    fn announced(self) -> Self {
        if let Some(data_dir) = &self.data_dir {
            eprintln!("usher: using the private Postgres in {}", data_dir.display());
        }
        self
    }

    /// The database in the settings, or the private Postgres of a running service.
    pub fn known(settings: &DatabaseSettings) -> Result<Option<Self>, Failure> {
        if let Some(postgres) = Self::of_settings()? {
            return Ok(Some(postgres));
        }
        let url = running(&settings.data_dir).or_fail()?;
        Ok(url.map(|url| Self::private(url, settings, None)))
    }

    fn private(url: String, settings: &DatabaseSettings, postgres: Option<PrivatePostgres>) -> Self {
        let data_dir = &settings.data_dir;
        let path = fs::canonicalize(data_dir).unwrap_or_else(|_| data_dir.clone());
        Self { url, data_dir: Some(path), private: postgres }
    }

    fn of_settings() -> Result<Option<Self>, Failure> {
        Ok(secrets::from_environment(DATABASE_URL)?.map(|url| Self { url, data_dir: None, private: None }))
    }

    async fn start(settings: &DatabaseSettings) -> Result<Self, Failure> {
        let options = Options {
            data_dir: settings.data_dir.clone(),
            durability: Durability::Durable,
            max_connections: PRIVATE_CONNECTIONS,
        };
        let postgres = PrivatePostgres::start(options).await.or_fail()?;
        Ok(Self::private(postgres.url().to_owned(), settings, Some(postgres)))
    }

    /// Whether the database is a private Postgres of this process.
    pub fn is_private(&self) -> bool {
        self.private.is_some()
    }

    /// Migrates the schema to this version; waits for a database that is still starting, and for a standby that may become the
    /// primary.
    pub async fn migrate(&self) -> Result<Vec<String>, Failure> {
        self.retry(|| usher_persistence::migrate(&self.url)).await
    }

    /// Compares its schema with that of this version; waits for a database that is still starting.
    pub async fn schema(&self) -> Result<Schema, Failure> {
        self.retry(|| usher_persistence::compare_schema(&self.url)).await
    }

    /// The same for a service; also waits for a standby that may become the primary.
    pub async fn schema_of_primary(&self) -> Result<Schema, Failure> {
        self.retry(|| usher_persistence::compare_schema_of_primary(&self.url)).await
    }

    /// Fails unless its schema is that of this version.
    pub async fn expect_current(&self) -> Result<(), Failure> {
        if self.schema().await?.is_outdated {
            return Err(Failure::new("the schema of the database is not up to date; run `usher migrate`"));
        }
        Ok(())
    }

    /// Warns if passwords and data go to another machine unencrypted.
    pub fn warn_if_unencrypted(&self) {
        if let Some(host) = usher_persistence::unencrypted_host(&self.url) {
            tracing::warn!(
                host,
                "DATABASE_URL: the connection is not encrypted, so the network sees the password and all data; add \
                 sslmode=require if the server speaks TLS"
            );
        }
    }

    async fn retry<T, F: Future<Output = Result<T, Error>>>(&self, ask: impl Fn() -> F) -> Result<T, Failure> {
        let end = Instant::now() + START_TIMEOUT;
        loop {
            match ask().await {
                Err(error) if error.outage().is_some() => {
                    let why = error.outage().unwrap_or_default();
                    if Instant::now() >= end {
                        let seconds = START_TIMEOUT.as_secs();
                        let address = usher_persistence::redacted_url(&self.url).unwrap_or_default();
                        let fault = match error {
                            Error::ReadOnly(_) => format!("{address} takes no writes"),
                            _ => format!("no database at {address}"),
                        };
                        return Err(Failure::new(format!("{DATABASE_URL}: {fault} after {seconds} s: {why}")));
                    }
                    tracing::debug!(why, "waiting for the database");
                    tokio::time::sleep(RETRY_INTERVAL).await;
                }
                Err(error @ Error::Url(_)) => return Err(error).context(DATABASE_URL),
                answer => return answer.or_fail(),
            }
        }
    }

    /// Opens the connection pool.
    pub fn open(&self, clock: Clock) -> Result<Database, Failure> {
        Database::new(&self.url, POOL_SIZE, clock, &Handle::current()).context(DATABASE_URL)
    }

    /// Stops the private Postgres, if there is one.
    pub async fn close(self) -> Result<(), Failure> {
        match self.private {
            Some(postgres) => postgres.stop().await.or_fail(),
            None => Ok(()),
        }
    }
}

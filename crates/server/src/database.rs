//! The database of a command: the one of the settings, or the private Postgres.

use crate::{failure::Failure, secrets, settings::DatabaseSettings};
use std::{
    fs,
    time::{Duration, Instant},
};
use tokio::runtime::Handle;
use usher_domain::Clock;
use usher_persistence::{Database, Error, Schema};
use usher_private_postgres::{Durability, Options, PrivatePostgres, exists, running};

const DATABASE_URL: &str = "DATABASE_URL";
/// Connections for questions of their own.
pub const CONNECTIONS: usize = 16;
/// Connections that the private Postgres takes: ours, and those of commands beside the service.
const PRIVATE_CONNECTIONS: u32 = 64;
/// Longest that a database may be away when the service starts.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(250);

/// Where the database is, and the Postgres that this process has started for it, if it has.
pub struct Place {
    pub url: String,
    /// Which database this is, for people, without the user name and the password.
    description: String,
    postgres: Option<PrivatePostgres>,
}

impl Place {
    /// The database that the service will own: the one of the settings, or a private Postgres that is started.
    pub async fn for_service(settings: &DatabaseSettings) -> Result<Self, Failure> {
        match Self::of_settings()? {
            Some(place) => Ok(place),
            None => Self::start(settings).await,
        }
    }

    /// The database for a command. Beside a service on its private Postgres it is that one. A private Postgres is not made.
    pub async fn existing(settings: &DatabaseSettings) -> Result<Self, Failure> {
        if let Some(place) = Self::known(settings)? {
            return Ok(place.announced());
        }
        if exists(&settings.data_dir).map_err(|error| Failure::new(error.to_string()))? {
            return Ok(Self::start(settings).await?.announced());
        }
        Err(Failure::new(format!(
            "there is no private Postgres in {}, and DATABASE_URL is not set; name the data directory of the service in \
             USHER_DATA_DIR or its database in DATABASE_URL (`usher serve` makes a private Postgres)",
            settings.data_dir.display()
        )))
    }

    /// The same for a command that adds users: a private Postgres is made if there is none.
    pub async fn existing_or_new(settings: &DatabaseSettings) -> Result<Self, Failure> {
        match Self::known(settings)? {
            Some(place) => Ok(place.announced()),
            None => Ok(Self::start(settings).await?.announced()),
        }
    }

    /// Says on standard error which database a command uses. Without `DATABASE_URL` the data directory decides that, and
    /// somebody else may have made one where a command is run.
    fn announced(self) -> Self {
        eprintln!("usher: using {}", self.description);
        self
    }

    /// The database of the settings, or the private Postgres of a service that runs.
    pub fn known(settings: &DatabaseSettings) -> Result<Option<Self>, Failure> {
        if let Some(place) = Self::of_settings()? {
            return Ok(Some(place));
        }
        let url = running(&settings.data_dir).map_err(|error| Failure::new(error.to_string()))?;
        Ok(url.map(|url| Self::private(url, settings, None)))
    }

    fn private(url: String, settings: &DatabaseSettings, postgres: Option<PrivatePostgres>) -> Self {
        let data_dir = &settings.data_dir;
        let path = fs::canonicalize(data_dir).unwrap_or_else(|_| data_dir.clone());
        Self { url, description: format!("the private Postgres in {}", path.display()), postgres }
    }

    fn of_settings() -> Result<Option<Self>, Failure> {
        Ok(secrets::from_environment(DATABASE_URL)?.map(|url| {
            let location = usher_persistence::redacted_url(&url).unwrap_or_else(|| DATABASE_URL.to_owned());
            Self { url, description: format!("the database {location}"), postgres: None }
        }))
    }

    async fn start(settings: &DatabaseSettings) -> Result<Self, Failure> {
        let options = Options {
            data_dir: settings.data_dir.clone(),
            durability: Durability::Durable,
            max_connections: PRIVATE_CONNECTIONS,
        };
        let postgres = PrivatePostgres::start(options).await.map_err(|error| Failure::new(error.to_string()))?;
        Ok(Self::private(postgres.url().to_owned(), settings, Some(postgres)))
    }

    /// Whether the database is a private Postgres of this process.
    pub fn is_private(&self) -> bool {
        self.postgres.is_some()
    }

    /// Brings the schema to this version; waits for a database that is still starting.
    pub async fn migrate(&self) -> Result<Vec<String>, Failure> {
        self.patiently(|| usher_persistence::migrate(&self.url)).await
    }

    /// Compares its schema with that of this version; waits for a database that is still starting.
    pub async fn schema(&self) -> Result<Schema, Failure> {
        self.patiently(|| usher_persistence::compare_schema(&self.url)).await
    }

    /// Whether its schema is that of this version.
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

    async fn patiently<T, F: Future<Output = Result<T, Error>>>(&self, ask: impl Fn() -> F) -> Result<T, Failure> {
        let end = Instant::now() + PATIENCE;
        loop {
            match ask().await {
                Err(error) if error.outage().is_some() => {
                    let why = error.outage().unwrap_or_default();
                    if Instant::now() >= end {
                        let seconds = PATIENCE.as_secs();
                        let place = usher_persistence::redacted_url(&self.url).unwrap_or_default();
                        let why = format!("{DATABASE_URL}: no database at {place} after {seconds} s: {why}");
                        return Err(Failure::new(why));
                    }
                    tracing::debug!(why, "waiting for the database");
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error @ Error::Url(_)) => return Err(Failure::during(DATABASE_URL, error)),
                answer => return answer.map_err(|error| Failure::new(error.to_string())),
            }
        }
    }

    /// Connections to it.
    pub fn open(&self, clock: Clock) -> Result<Database, Failure> {
        Database::new(&self.url, CONNECTIONS, clock, &Handle::current())
            .map_err(|error| Failure::during(DATABASE_URL, error))
    }

    /// Stops the private Postgres, if there is one.
    pub async fn close(self) -> Result<(), Failure> {
        match self.postgres {
            Some(postgres) => postgres.stop().await.map_err(|error| Failure::new(error.to_string())),
            None => Ok(()),
        }
    }
}

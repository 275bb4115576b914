//! `usher keys`

use crate::{
    cli::{KeysCommand, KeysSubcommand},
    database::Postgres,
    failure::Failure,
    secrets,
};
use chrono::SecondsFormat;
use usher_accounts::keyring::{self, KeyringError, NewKey};
use usher_auth::SecretKey;
use usher_domain::Clock;

/// Changes the keys that sign access tokens.
pub async fn run(command: KeysCommand) -> Result<(), Failure> {
    let postgres = Postgres::existing(&command.database).await?;
    let done = in_database(&postgres, command).await;
    postgres.close().await?;
    done
}

async fn in_database(postgres: &Postgres, command: KeysCommand) -> Result<(), Failure> {
    postgres.expect_current().await?;
    let secret = secret_key(&command)?;
    let clock = Clock::default();
    let database = postgres.open(clock.clone())?;
    match command.command {
        KeysSubcommand::Rotate => {
            let NewKey { kid, signs_from } = keyring::rotate(&database, &secret, &clock).await.map_err(failure)?;
            let from = signs_from.to_rfc3339_opts(SecondsFormat::Secs, true);
            println!("{kid} is published and signs from {from}");
        }
        KeysSubcommand::Revoke { secret_lost } => {
            let (NewKey { kid, .. }, revoked) =
                keyring::revoke(&database, &secret, &clock, secret_lost).await.map_err(failure)?;
            println!("{kid} signs from now on; revoked: {revoked}");
        }
    }
    Ok(())
}

/// The secret key of the services. If it is lost and none is set, one is generated, as a service would do.
fn secret_key(command: &KeysCommand) -> Result<SecretKey, Failure> {
    let data_dir = &command.database.data_dir;
    if let Some(key) = secrets::secret_key_of_service(data_dir)? {
        return Ok(key);
    }
    if matches!(command.command, KeysSubcommand::Revoke { secret_lost: true }) {
        return secrets::secret_key_or_new(&command.database, command.generation);
    }
    Err(Failure::new(format!(
        "USHER_SECRET_KEY is not set, and {} has none; set the secret key of the services, or their data directory in \
         USHER_DATA_DIR",
        data_dir.display()
    )))
}

/// The failure for an error of the keyring.
pub fn failure(error: KeyringError) -> Failure {
    match error {
        KeyringError::Unwrap(error) => Failure::new(format!(
            "USHER_SECRET_KEY: {error}; set the former one, or, if it is lost, run `usher keys revoke --secret-lost`"
        )),
        error => Failure::new(format!("the signing keys: {error}")),
    }
}

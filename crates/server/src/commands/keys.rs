//! `usher keys`

use crate::{
    cli::{KeysCommand, KeysSubcommand},
    database::Place,
    failure::Failure,
    secrets,
};
use chrono::SecondsFormat;
use usher_auth::SecretKey;
use usher_domain::Clock;
use usher_http::{KeyringError, NewKey, revoke, rotate};

/// Changes the keys that sign access tokens.
pub async fn run(command: KeysCommand) -> Result<(), Failure> {
    secrets::data_dir(&command.database.data_dir)?;
    let secret = secrets::secret_key(&command.database.data_dir)?;
    let place = Place::for_command(&command.database).await?;
    let done = in_database(&place, &secret, command.command).await;
    place.close().await?;
    done
}

async fn in_database(place: &Place, secret: &SecretKey, command: KeysSubcommand) -> Result<(), Failure> {
    place.migrate().await?;
    let clock = Clock::default();
    let database = place.open(clock.clone())?;
    match command {
        KeysSubcommand::Rotate => {
            let NewKey { kid, signs_from } = rotate(&database, secret, &clock).await.map_err(failure)?;
            let from = signs_from.to_rfc3339_opts(SecondsFormat::Secs, true);
            println!("{kid} is published and signs from {from}");
        }
        KeysSubcommand::Revoke { secret_lost } => {
            let (NewKey { kid, .. }, revoked) =
                revoke(&database, secret, &clock, secret_lost).await.map_err(failure)?;
            println!("{kid} signs from now on; revoked: {revoked}");
        }
    }
    Ok(())
}

/// What to do where the keys could not be had.
pub fn failure(error: KeyringError) -> Failure {
    match error {
        KeyringError::Unwrap(error) => Failure::during(
            "USHER_SECRET_KEY",
            format!("{error}; set the former one, or, if it is lost, run `usher keys revoke --secret-lost`"),
        ),
        error => Failure::during("the signing keys", error),
    }
}

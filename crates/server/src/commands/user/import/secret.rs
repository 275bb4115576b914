//! The secret key, which encrypts the secrets of authenticator apps.

use crate::{
    commands::keys,
    failure::Failure,
    secrets,
    settings::{DatabaseSettings, Generation, Switch},
};
use usher_accounts::{KeyringError, factors::seal_totp, keyring};
use usher_auth::{SecretKey, totp::Totp};
use usher_domain::Clock;
use usher_persistence::{Database, ImportedTotp};

/// The secret key that encrypts the secrets of authenticator apps, or why there is none. One is generated for a private
/// Postgres only: another database belongs to services that have one.
pub async fn secret_key(
    settings: &DatabaseSettings,
    database: &Database,
) -> Result<Result<SecretKey, String>, Failure> {
    let generation = Generation { generate_secrets: Switch::Off };
    let key = if let Some(key) = secrets::secret_key_of_service(&settings.data_dir)? {
        key
    } else if secrets::may_generate(generation).is_ok() {
        secrets::secret_key_or_new(settings, generation)?
    } else {
        return Ok(Err(
            "set the secret key of the services in USHER_SECRET_KEY, or their data directory in USHER_DATA_DIR"
                .to_owned(),
        ));
    };
    // Secrets under another key than that of the services would be unreadable to them, and their users locked out.
    match keyring::check_secret(database, &key).await {
        Ok(()) => Ok(Ok(key)),
        Err(error @ KeyringError::Unwrap(_)) => Ok(Err(keys::failure(error).to_string())),
        Err(error) => Err(keys::failure(error)),
    }
}

/// The secret of an authenticator app, encrypted.
///
/// # Errors
/// There is no secret key.
pub fn sealed(totp: &Totp, clock: &Clock, secret: Result<&SecretKey, &String>) -> Result<ImportedTotp, String> {
    let secret = secret.map_err(|reason| format!("totp_secret cannot be encrypted: {reason}"))?;
    let (id, _) = clock.new_id();
    let secret = seal_totp(secret, id, totp).map_err(|error| format!("totp_secret cannot be encrypted: {error}"))?;
    Ok(ImportedTotp { id, secret })
}

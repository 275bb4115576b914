//! The secrets of authenticator apps at rest: encrypted with the secret key of the service, and bound to their factor.

use usher_auth::{CryptoError, Purpose, SecretKey, totp::Totp};
use usher_persistence::{Database, Error, SealedSecret};
use uuid::Uuid;

/// Secrets that are read in one query.
const BATCH: i64 = 1000;

/// The secret of an authenticator app as it is stored.
pub fn seal_totp(secret: &SecretKey, factor_id: Uuid, totp: &Totp) -> Result<Vec<u8>, CryptoError> {
    secret.seal(Purpose::TotpSecret, factor_id.as_bytes(), &totp.to_bytes())
}

/// The secret of an authenticator app; `None` if the secret key is not the one that has encrypted it, or if it was changed.
/// Then no code is accepted.
pub(crate) fn open_totp(secret: &SecretKey, factor_id: Uuid, sealed: &[u8]) -> Option<Totp> {
    let bytes = secret.open(Purpose::TotpSecret, factor_id.as_bytes(), sealed).ok()?;
    Totp::from_bytes(&bytes)
}

/// How many secrets of authenticator apps this secret key does not decrypt.
pub async fn count_unreadable_secrets(database: &Database, secret: &SecretKey) -> Result<u64, Error> {
    let (mut after, mut unreadable) = (None, 0);
    loop {
        let stored = database.totp_secrets(after, BATCH).await?;
        let Some(last) = stored.last() else { return Ok(unreadable) };
        after = Some(last.factor_id);
        for SealedSecret { factor_id, secret: sealed } in &stored {
            unreadable += u64::from(open_totp(secret, *factor_id, sealed).is_none());
        }
    }
}

//! Why the signing keys are not available.

use usher_auth::{CryptoError, UnwrapError};

/// Why the signing keys are not available.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    #[error(transparent)]
    Database(#[from] usher_persistence::Error),
    /// The secret key of the settings did not wrap the stored keys.
    #[error(transparent)]
    Unwrap(#[from] UnwrapError),
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// No service has run on this database yet.
    #[error("there is no key to revoke; no service has run on this database")]
    NoKeys,
}

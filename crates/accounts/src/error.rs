//! Why an operation on accounts failed.

use crate::keyring::KeyringError;

/// Why an operation on accounts failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database does not answer, or refuses the write.
    #[error(transparent)]
    Database(#[from] usher_persistence::Error),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The access token is malformed, has expired, or was signed with a key that is not in use.
    #[error("the access token is not valid")]
    InvalidAccessToken,
}

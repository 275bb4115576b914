//! Why an operation on accounts failed.

use crate::keyring::KeyringError;
use std::time::Duration;
use usher_domain::Fault;

/// Why an operation on accounts failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database does not answer, or refuses the write.
    #[error(transparent)]
    Database(#[from] usher_persistence::Error),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    #[error(transparent)]
    Crypto(#[from] usher_auth::CryptoError),
    /// The access token is malformed, has expired, or was signed with a key that is not in use.
    #[error("the access token is not valid")]
    InvalidAccessToken,
    /// The password or the refresh token is wrong, or its user may not sign in. Callers must not distinguish these.
    #[error("the credentials are not valid")]
    InvalidCredentials,
    /// The password is not the user's current one.
    #[error("the current password is wrong")]
    WrongPassword,
    /// The code is not one that the authenticator app shows now, or was used before.
    #[error("the code is wrong")]
    WrongCode,
    /// What was sent to prove a second factor is wrong, or was used before.
    #[error("the second factor is not proved")]
    WrongProof,
    /// The token of a sign-in that waits for its second step has expired, was used or tried too often, or what it depends on
    /// has changed.
    #[error("the sign-in cannot be completed")]
    MfaTokenSpent,
    /// The ceremony of a passkey has expired, was used, or is of another user, session or purpose.
    #[error("the ceremony of the passkey is spent")]
    CeremonySpent,
    /// The user has no passkey for this service.
    #[error("the user has no passkey for this service")]
    NoPasskeys,
    /// The passkey is refused.
    #[error(transparent)]
    InvalidCredential(usher_auth::passkeys::PasskeyError),
    /// The service has no domain name, which passkeys need.
    #[error("passkeys are unavailable")]
    PasskeysUnavailable,
    /// The passkey has not verified its user, so that the password must be proved too.
    #[error("the password is required")]
    PasswordRequired,
    /// The user has a second factor, and has not proved one.
    #[error("a second factor is required")]
    ProofRequired,
    /// The change needs the user's current password, which was not given.
    #[error("the current password is required")]
    CurrentPasswordRequired,
    /// The secret of an authenticator app cannot be shown.
    #[error("the otpauth URI is too long for a QR code")]
    QrCode,
    /// The password of a new user consists of the user's own names.
    #[error("the password {}", .0.detail)]
    PersonalPassword(Fault),
    /// The password that is to replace another one consists of the user's own names.
    #[error("the new password {}", .0.detail)]
    PersonalNewPassword(Fault),
    /// Too many passwords wait to be hashed.
    #[error("the password hashing queue is full")]
    HashingQueueFull(#[from] usher_auth::QueueFull),
    /// Too many others work on the same account or come from the same network.
    #[error("too many attempts wait for those before them")]
    TooManyConcurrentAttempts { retry_after: Duration },
    /// Other sign-ins have replaced the password's hash each time that it was verified.
    #[error("the password's hash was replaced again and again")]
    PasswordHashReplaced,
}

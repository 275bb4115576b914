//! Passkeys: what a relying party does in the ceremonies of Web Authentication, Level 3 (<https://www.w3.org/TR/webauthn-3/>).
//!
//! ```text
//! creation_options -> (options, CreationState)   … client …   finish_creation(state, CreationResponse) -> Passkey
//! request_options  -> (options, RequestState)    … client …   finish_request(state, passkey, RequestResponse) -> Assertion
//! ```
//!
//! Options are objects in the JSON of the standard (§5.1.8 and §5.1.9), for `parseCreationOptionsFromJSON` and its sister;
//! responses are objects in the JSON of §5.1.7, what `toJSON` gives. The caller stores or seals the state, which has the
//! challenge, and ensures that it is used once, in time, and for the same purpose and user.
//!
//! Attestation is not requested, and a statement that comes all the same is ignored: no decision here depends on the maker of
//! an authenticator.

mod authenticator_data;
mod client_data;
mod creation;
mod options;
mod origins;
mod public_key;
mod request;
mod response;
mod sealed;
#[cfg(test)]
mod tests;
mod text;

pub use options::{CreationState, NewUser, RequestState, UserVerification};
pub use origins::{RelyingParty, RelyingPartyError};
pub use request::Assertion;
pub use response::{CreationResponse, RequestResponse};
pub use sealed::OpenedCeremony;

use crate::CryptoError;
use aws_lc_rs::rand;
use serde::{Deserialize, Serialize};
use text::Bytes;

/// Maximum length of a credential's id, in bytes (§4, "credential ID").
pub const MAX_CREDENTIAL_ID: usize = 1023;
/// Maximum length of a user handle, in bytes (§4, "user handle").
pub const MAX_USER_HANDLE: usize = 64;
/// Bytes of a challenge (§13.4.3 requires 16).
const CHALLENGE_BYTES: usize = 32;

/// A new user handle (§14.6.1): random, so that it names the user to nobody but this service.
pub fn new_user_handle() -> Result<[u8; MAX_USER_HANDLE], CryptoError> {
    let mut handle = [0; MAX_USER_HANDLE];
    rand::fill(&mut handle).map_err(|_| CryptoError)?;
    Ok(handle)
}

/// A registered passkey, in the form in which it is stored (a credential record, §4). A request replaces it by the one of its
/// [`Assertion`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    credential_id: Bytes,
    user_handle: Bytes,
    /// In CBOR, as the authenticator sent it (RFC 9052 §7).
    public_key: Bytes,
    sign_count: u32,
    backup_eligible: bool,
    backup_state: bool,
    /// Whether its verification of the user counts as a factor of its own (`uvInitialized`).
    verifies_user: bool,
    /// How the client can reach the authenticator: hints for the next request.
    transports: Vec<String>,
}

impl Passkey {
    pub fn credential_id(&self) -> &[u8] {
        &self.credential_id.0
    }

    /// The handle of the user for whom it was created.
    pub fn user_handle(&self) -> &[u8] {
        &self.user_handle.0
    }

    /// Signatures that the authenticator counted; 0 if it does not count.
    pub fn sign_count(&self) -> u32 {
        self.sign_count
    }

    /// Whether it may be copied to other devices.
    pub fn backup_eligible(&self) -> bool {
        self.backup_eligible
    }

    /// Whether it was backed up when it was last used.
    pub fn backup_state(&self) -> bool {
        self.backup_state
    }

    /// How clients can reach the authenticator, as they have reported.
    pub fn transports(&self) -> &[String] {
        &self.transports
    }

    /// Whether it can be two factors: the authenticator verified the user when it created the passkey, or did so later
    /// together with another proof ([`Self::trust_user_verification`]).
    pub fn verifies_user(&self) -> bool {
        self.verifies_user
    }

    /// From now on the authenticator's verification of the user counts. The caller has another proof that this is the user, a
    /// password. Without one, a thief could set a PIN on a stolen key that had none, and sign in (§7.2 step 25).
    pub fn trust_user_verification(&mut self) {
        self.verifies_user = true;
    }
}

/// Why a credential is refused. No text names the user or shows the credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// Not in the form of the standard. Nothing was decided: this is a fault of the client.
    #[error("the credential is malformed: {0}")]
    Malformed(&'static str),
    #[error("the credential is for another operation")]
    WrongType,
    #[error("the credential answers another challenge")]
    WrongChallenge,
    #[error("the credential is from an origin that is not allowed")]
    WrongOrigin,
    #[error("the credential is from a page inside a page of another origin")]
    CrossOrigin,
    #[error("the credential is for another relying party")]
    WrongRelyingParty,
    #[error("the user was not present")]
    UserNotPresent,
    #[error("the user was not verified")]
    UserNotVerified,
    /// The user is verified, but was not when the passkey was created, so that this proves only possession.
    #[error("the passkey was created without verifying the user, so it needs the password beside it")]
    UserVerificationNotTrusted,
    #[error("the credential is backed up, but is not eligible for that")]
    BackedUpWithoutEligibility,
    /// It is fixed for the life of a credential (§6.1.3).
    #[error("the credential's eligibility for backup has changed")]
    BackupEligibilityChanged,
    #[error("the credential's algorithm is not one of -7, -8 and -257")]
    UnsupportedAlgorithm,
    #[error("the credential's public key is not valid")]
    InvalidPublicKey,
    #[error("the credential's id has more than {MAX_CREDENTIAL_ID} bytes")]
    CredentialIdTooLong,
    /// The user has registered it before.
    #[error("the credential is already registered")]
    AlreadyRegistered,
    /// Not one of those that the options named, or not the passkey that the caller gave.
    #[error("the credential is not one of those that were requested")]
    NotRequested,
    /// The handle is missing where the options named no credential, or it is another user's.
    #[error("the credential is of another user")]
    WrongUser,
    #[error("the signature is wrong")]
    WrongSignature,
    /// The count is not above the stored one: there may be a copy of the authenticator (§6.1.1). The signature is right.
    #[error("the authenticator's count is {received}, not above {stored}: it may have been cloned")]
    SignCount { stored: u32, received: u32 },
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

//! The options of both ceremonies, and what must be remembered until a credential answers them.

use super::{
    CHALLENGE_BYTES, MAX_USER_HANDLE, Passkey, PasskeyError, RelyingParty, public_key::Algorithm, text::Bytes,
};
use crate::CryptoError;
use aws_lc_rs::rand;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long the client should wait for the user, in milliseconds: as long as a ceremony holds.
const TIMEOUT_MILLISECONDS: u32 = 5 * 60 * 1000;

/// Whether the authenticator must verify the user, by a PIN, a finger or a face, so that the passkey is two factors (§5.8.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserVerification {
    Required,
    Preferred,
}

/// The user for whom a passkey is created.
#[derive(Debug, Clone, Copy)]
pub struct NewUser<'a> {
    /// Random, the same for all passkeys of the user and of no other user: 1 to 64 bytes.
    pub handle: &'a [u8],
    /// The name with which the user signs in.
    pub name: &'a str,
    pub display_name: &'a str,
}

/// What must be remembered until the new passkey comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreationState {
    pub(super) challenge: Bytes,
    pub(super) user_handle: Bytes,
    pub(super) user_verification: UserVerification,
    /// The ids of the passkeys that the user already has.
    pub(super) existing: Vec<Bytes>,
}

/// What must be remembered until the passkey answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestState {
    pub(super) challenge: Bytes,
    pub(super) user_verification: UserVerification,
    /// The ids of the passkeys that may answer; `None` for any.
    pub(super) allowed: Option<Vec<Bytes>>,
}

impl RelyingParty {
    /// The options for a new passkey, which the authenticator stores (a discoverable credential), so that it can sign in
    /// without a username. Authenticators that hold one of the existing passkeys are excluded.
    pub fn creation_options<'a>(
        &self,
        user: NewUser<'_>,
        user_verification: UserVerification,
        existing: impl IntoIterator<Item = &'a Passkey>,
    ) -> Result<(Value, CreationState), PasskeyError> {
        if user.handle.is_empty() || user.handle.len() > MAX_USER_HANDLE {
            return Err(PasskeyError::Malformed("a user handle has 1 to 64 bytes"));
        }
        let (existing, descriptors): (Vec<_>, Vec<_>) = existing.into_iter().map(named).unzip();
        let (challenge, user_handle) = (challenge()?, Bytes(user.handle.to_vec()));
        let algorithms = Algorithm::ALL.map(|algorithm| json!({ "type": "public-key", "alg": algorithm.number() }));
        let options = json!({
            "rp": { "id": self.id, "name": self.name },
            "user": { "id": user_handle, "name": user.name, "displayName": user.display_name },
            "challenge": challenge,
            "pubKeyCredParams": algorithms,
            "timeout": TIMEOUT_MILLISECONDS,
            "excludeCredentials": descriptors,
            "authenticatorSelection": {
                "residentKey": "required",
                // For clients of Level 1.
                "requireResidentKey": true,
                "userVerification": user_verification,
            },
            "attestation": "none",
        });
        Ok((options, CreationState { challenge, user_handle, user_verification, existing }))
    }

    /// The options for a proof by one of the allowed passkeys, or, without them, by any that the user chooses.
    pub fn request_options(
        &self,
        allowed: Option<&[Passkey]>,
        user_verification: UserVerification,
    ) -> Result<(Value, RequestState), CryptoError> {
        let (allowed, descriptors) = match allowed {
            Some(passkeys) => {
                let (ids, descriptors) = passkeys.iter().map(named).unzip();
                (Some(ids), descriptors)
            }
            None => (None, Vec::new()),
        };
        let challenge = challenge()?;
        let options = json!({
            "challenge": challenge,
            "timeout": TIMEOUT_MILLISECONDS,
            "rpId": self.id,
            "allowCredentials": descriptors,
            "userVerification": user_verification,
        });
        Ok((options, RequestState { challenge, user_verification, allowed }))
    }
}

/// The id of a passkey, and the object that names it (§5.8.3).
fn named(passkey: &Passkey) -> (Bytes, Value) {
    let mut descriptor = json!({ "type": "public-key", "id": passkey.credential_id });
    if !passkey.transports.is_empty() {
        descriptor["transports"] = json!(passkey.transports);
    }
    (passkey.credential_id.clone(), descriptor)
}

fn challenge() -> Result<Bytes, CryptoError> {
    let mut bytes = vec![0; CHALLENGE_BYTES];
    rand::fill(&mut bytes).map_err(|_| CryptoError)?;
    Ok(Bytes(bytes))
}

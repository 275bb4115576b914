//! Ceremonies that are not stored: their state goes to the client, sealed, and comes back with the answer.

use super::RequestState;
use crate::{CryptoError, Purpose, SecretKey, opaque::sha256};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde::{Deserialize, Serialize};

/// What a token of a ceremony contains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    state: RequestState,
    expires_at: i64,
}

/// A ceremony whose token was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedCeremony {
    pub state: RequestState,
    /// In seconds since 1970.
    pub expires_at: i64,
    /// By which it is remembered that the ceremony is spent.
    pub digest: [u8; 32],
}

impl RequestState {
    /// A token that has this state until a time, in seconds since 1970. It opens only for the same `context`.
    pub fn seal(self, secret: &SecretKey, context: &[u8], expires_at: i64) -> Result<String, CryptoError> {
        let plain = serde_json::to_vec(&Content { state: self, expires_at }).map_err(|_| CryptoError)?;
        Ok(BASE64URL.encode(secret.seal(Purpose::PasskeyCeremony, context, &plain)?))
    }
}

impl OpenedCeremony {
    /// The ceremony of a token; `None` if it is not one of this service and for this context, or has expired at the time `now`.
    pub fn open(secret: &SecretKey, context: &[u8], token: &str, now: i64) -> Option<Self> {
        let sealed = BASE64URL.decode(token).ok()?;
        let plain = secret.open(Purpose::PasskeyCeremony, context, &sealed).ok()?;
        let Content { state, expires_at } = serde_json::from_slice(&plain).ok()?;
        (now < expires_at).then(|| Self { state, expires_at, digest: sha256(&sealed) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passkeys::{MAX_CREDENTIAL_ID, UserVerification, tests::relying_party, text::Bytes};
    use usher_domain::passkey::MAX_CEREMONY_LENGTH;

    #[test]
    fn a_ceremony_opens_in_time_and_for_its_context_and_secret() {
        let secret = SecretKey::new(&SecretKey::generate().unwrap()).unwrap();
        let (_, state) = relying_party().request_options(None, UserVerification::Required).unwrap();
        let token = state.clone().seal(&secret, b"sign-in", 1000).unwrap();
        let opened = OpenedCeremony::open(&secret, b"sign-in", &token, 999).unwrap();
        assert_eq!((opened.state, opened.expires_at), (state.clone(), 1000));
        assert_eq!(OpenedCeremony::open(&secret, b"sign-in", &token, 1000), None);
        assert_eq!(OpenedCeremony::open(&secret, b"step", &token, 999), None);
        let other = SecretKey::new(&SecretKey::generate().unwrap()).unwrap();
        assert_eq!(OpenedCeremony::open(&other, b"sign-in", &token, 999), None);
        for other in ["", "a", &token[1..], &format!("{token}A"), &token.to_lowercase()] {
            assert_eq!(OpenedCeremony::open(&secret, b"sign-in", other, 999), None, "{other}");
        }
        let again = state.seal(&secret, b"sign-in", 1000).unwrap();
        let again = OpenedCeremony::open(&secret, b"sign-in", &again, 999).unwrap();
        assert_ne!(again.digest, opened.digest, "each token is spent for itself");
    }

    #[test]
    fn the_longest_token_is_as_long_as_documented() {
        let secret = SecretKey::new(&SecretKey::generate().unwrap()).unwrap();
        let (_, state) = relying_party().request_options(None, UserVerification::Required).unwrap();
        let ids = vec![Bytes(vec![255; MAX_CREDENTIAL_ID]); 20];
        let state = RequestState { allowed: Some(ids), ..state };
        let token = state.seal(&secret, b"sign-in", i64::from(i32::MAX)).unwrap();
        let limits = MAX_CEREMONY_LENGTH - 4 * 1024..=MAX_CEREMONY_LENGTH;
        assert!(limits.contains(&token.len()), "{}", token.len());
    }
}

//! The secret of the service, from which all other secrets are derived, and the wrapping of signing keys.

use crate::{CryptoError, SigningKey, opaque};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf, hmac,
};
use std::{fmt, sync::Arc};

/// First byte of a wrapped key, so that the format can change.
const WRAPPED_V1: u8 = 1;

/// The secret of the service, shared by all replicas. It wraps the signing keys in the database and derives the successors of
/// refresh tokens and the pseudonyms of values that must not be stored. Each use has its own key (HKDF-SHA-256, RFC 5869).
///
/// The text itself is not kept.
#[derive(Clone)]
pub struct SecretKey {
    wrapping: Arc<RandomizedNonceKey>,
    successors: hmac::Key,
    pseudonyms: hmac::Key,
}

impl SecretKey {
    /// Minimum length of the secret's text, in bytes.
    pub const MIN_BYTES: usize = 32;

    /// Takes any text of at least 32 bytes. White space around it (a file's last newline) is ignored. The text must be random:
    /// key derivation separates the uses, it does not strengthen a password.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        if text.len() < Self::MIN_BYTES {
            return Err(SecretError::TooShort { bytes: text.len() });
        }
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"usher").extract(text.as_bytes());
        let wrapping = derive(&root, b"usher/1/signing-key-wrapping")?;
        let successors = derive(&root, b"usher/1/refresh-token-succession")?;
        let pseudonyms = derive(&root, b"usher/1/pseudonyms")?;
        Ok(Self {
            wrapping: Arc::new(RandomizedNonceKey::new(&AES_256_GCM, &wrapping).map_err(|_| CryptoError)?),
            successors: hmac::Key::new(hmac::HMAC_SHA256, &successors),
            pseudonyms: hmac::Key::new(hmac::HMAC_SHA256, &pseudonyms),
        })
    }

    /// A new text for [`Self::new`]: 256 random bits in base64url.
    pub fn generate() -> Result<String, CryptoError> {
        opaque::generate()
    }

    /// Encrypts a signing key for storage: its PKCS#8 form in AES-256-GCM (NIST SP 800-38D) under a key derived from this
    /// secret, bound to its `kid`. The result is one byte of version, the nonce, and the ciphertext with its tag.
    pub fn wrap(&self, key: &SigningKey) -> Result<Vec<u8>, CryptoError> {
        let mut sealed = key.private().as_bytes().to_vec();
        let nonce = self
            .wrapping
            .seal_in_place_append_tag(Aad::from(key.kid().as_bytes()), &mut sealed)
            .map_err(|_| CryptoError)?;
        let mut wrapped = Vec::with_capacity(1 + NONCE_LEN + sealed.len());
        wrapped.push(WRAPPED_V1);
        wrapped.extend_from_slice(nonce.as_ref());
        wrapped.append(&mut sealed);
        Ok(wrapped)
    }

    /// Decrypts a signing key that [`Self::wrap`] encrypted, stored under `kid`.
    ///
    /// The public key is computed from the decrypted private key: an attacker who can write to the database but does not
    /// know the secret cannot add a key.
    pub fn unwrap(&self, kid: &str, wrapped: &[u8]) -> Result<SigningKey, UnwrapError> {
        let corrupt = || UnwrapError::Corrupt { kid: kid.to_owned() };
        let (&WRAPPED_V1, rest) = wrapped.split_first().ok_or_else(corrupt)? else {
            return Err(corrupt());
        };
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN).ok_or_else(corrupt)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| corrupt())?;
        let mut sealed = sealed.to_vec();
        let pkcs8 = self
            .wrapping
            .open_in_place(nonce, Aad::from(kid.as_bytes()), &mut sealed)
            .map_err(|_| UnwrapError::WrongSecret { kid: kid.to_owned() })?;
        let key = SigningKey::from_pkcs8(pkcs8).map_err(|_| corrupt())?;
        if key.kid() == kid { Ok(key) } else { Err(corrupt()) }
    }

    pub(crate) fn successors(&self) -> &hmac::Key {
        &self.successors
    }

    pub(crate) fn pseudonyms(&self) -> &hmac::Key {
        &self.pseudonyms
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

fn derive(root: &hkdf::Prk, purpose: &[u8]) -> Result<[u8; 32], CryptoError> {
    let mut key = [0; 32];
    root.expand(&[purpose], hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key)).map_err(|_| CryptoError)?;
    Ok(key)
}

/// Why a text cannot be the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It has fewer than [`SecretKey::MIN_BYTES`] bytes.
    #[error("the secret key has {bytes} bytes; it needs at least {min}, chosen at random", min = SecretKey::MIN_BYTES)]
    TooShort { bytes: usize },
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// Why a wrapped signing key cannot be unwrapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnwrapError {
    /// Wrapped with another secret, or changed since: the cipher cannot tell which.
    #[error(
        "signing key {kid} does not open: the secret key is not the one it was wrapped with (or the stored key was changed)"
    )]
    WrongSecret { kid: String },
    /// Not in the format that [`SecretKey::wrap`] writes.
    #[error("signing key {kid} is not stored in a format that this version supports")]
    Corrupt { kid: String },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secret() -> SecretKey {
        SecretKey::new(&SecretKey::generate().unwrap()).unwrap()
    }

    #[test]
    fn a_wrapped_key_opens_with_the_same_secret_and_is_the_same_key() {
        let text = SecretKey::generate().unwrap();
        let key = SigningKey::generate().unwrap();
        let wrapped = SecretKey::new(&text).unwrap().wrap(&key).unwrap();
        let again = SecretKey::new(&format!("{text}\n")).unwrap().unwrap(key.kid(), &wrapped).unwrap();
        assert_eq!(again.public().jwk(), key.public().jwk());
        assert_eq!(again.private().as_bytes(), key.private().as_bytes());
        let pkcs8 = key.private().as_bytes();
        assert!(!wrapped.windows(16).any(|w| pkcs8.windows(16).any(|p| p == w)), "no part of the key shows");
    }

    #[test]
    fn another_secret_or_another_kid_does_not_open_a_key_and_the_error_names_it() {
        let (ours, key) = (secret(), SigningKey::generate().unwrap());
        let wrapped = ours.wrap(&key).unwrap();
        let kid = key.kid().to_owned();
        let error = secret().unwrap(&kid, &wrapped).unwrap_err();
        assert_eq!(error, UnwrapError::WrongSecret { kid: kid.clone() });
        assert!(error.to_string().contains("secret key is not the one"));
        assert!(matches!(ours.unwrap("another", &wrapped), Err(UnwrapError::WrongSecret { .. })));
        for damaged in [&[][..], &wrapped[..1], &wrapped[..12], &[2; 200]] {
            assert_eq!(ours.unwrap(&kid, damaged).unwrap_err(), UnwrapError::Corrupt { kid: kid.clone() });
        }
    }

    #[test]
    fn a_key_is_wrapped_differently_each_time() {
        let (secret, key) = (secret(), SigningKey::generate().unwrap());
        assert_ne!(secret.wrap(&key).unwrap(), secret.wrap(&key).unwrap());
    }

    #[test]
    fn a_secret_has_at_least_32_bytes_without_white_space_around_it() {
        assert_eq!(SecretKey::new(&"s".repeat(31)).unwrap_err(), SecretError::TooShort { bytes: 31 });
        assert_eq!(SecretKey::new(&format!("{:40}", "short")).unwrap_err(), SecretError::TooShort { bytes: 5 });
        SecretKey::new(&"s".repeat(32)).unwrap();
    }

    #[test]
    fn the_secret_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", secret()), "SecretKey(…)");
    }

    proptest! {
        #[test]
        fn every_change_of_a_wrapped_key_is_detected(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let (secret, key) = (secret(), SigningKey::generate().unwrap());
            let mut wrapped = secret.wrap(&key).unwrap();
            let at = at.index(wrapped.len());
            wrapped[at] ^= 1 << bit;
            prop_assert!(secret.unwrap(key.kid(), &wrapped).is_err());
        }

        #[test]
        fn no_bytes_make_unwrap_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), kid in "\\PC*") {
            prop_assert!(secret().unwrap(&kid, &bytes).is_err());
        }
    }
}

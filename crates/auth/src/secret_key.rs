//! The secret of the service, from which all other secrets are derived, and what it encrypts: signing keys, the secrets of
//! one-time passwords, and ceremonies of passkeys.

use crate::{CryptoError, SigningKey, opaque};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf, hmac,
};
use std::{fmt, sync::Arc};

/// First byte of what is sealed, so that the format can change.
const SEALED_V1: u8 = 1;

/// What is sealed. Each purpose has its own key: bytes sealed for one do not open for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The secret of one-time passwords, stored with a factor. Its context is the id of the factor.
    TotpSecret,
    /// A ceremony of a passkey, which the client keeps between its options and its credential.
    PasskeyCeremony,
}

/// The secret of the service, shared by all replicas. It wraps the signing keys in the database, seals other secrets, and
/// derives the successors of refresh tokens and the pseudonyms of values that must not be stored. Each use has its own key
/// (HKDF-SHA-256, RFC 5869).
///
/// The text itself is not kept.
#[derive(Clone)]
pub struct SecretKey {
    wrapping: SealingKey,
    totp_secrets: SealingKey,
    passkey_ceremonies: SealingKey,
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
        let successors = derive(&root, b"usher/1/refresh-token-succession")?;
        let pseudonyms = derive(&root, b"usher/1/pseudonyms")?;
        Ok(Self {
            wrapping: SealingKey::derive(&root, b"usher/1/signing-key-wrapping")?,
            totp_secrets: SealingKey::derive(&root, b"usher/1/totp-secrets")?,
            passkey_ceremonies: SealingKey::derive(&root, b"usher/1/passkey-ceremonies")?,
            successors: hmac::Key::new(hmac::HMAC_SHA256, &successors),
            pseudonyms: hmac::Key::new(hmac::HMAC_SHA256, &pseudonyms),
        })
    }

    /// A new text for [`Self::new`]: 256 random bits in base64url.
    pub fn generate() -> Result<String, CryptoError> {
        opaque::generate()
    }

    /// Encrypts and authenticates bytes: AES-256-GCM (NIST SP 800-38D) under the key of the purpose, bound to the context. They
    /// open only for the same purpose and context. The result is one byte of version, the nonce, and the ciphertext with its
    /// tag: 29 bytes more than the input.
    ///
    /// The nonce is random, so at most 2³² messages should be sealed for one purpose with one secret (§8.3).
    pub fn seal(&self, purpose: Purpose, context: &[u8], bytes: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.sealing_key(purpose).seal(context, bytes)
    }

    /// Decrypts what [`Self::seal`] encrypted for this purpose and context.
    pub fn open(&self, purpose: Purpose, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        self.sealing_key(purpose).open(context, sealed)
    }

    /// Encrypts a signing key for storage: its PKCS#8 form, sealed under a key of its own and bound to its `kid`.
    pub fn wrap(&self, key: &SigningKey) -> Result<Vec<u8>, CryptoError> {
        self.wrapping.seal(key.kid().as_bytes(), key.private().as_bytes())
    }

    /// Decrypts a signing key that [`Self::wrap`] encrypted, stored under `kid`.
    ///
    /// The public key is computed from the decrypted private key: an attacker who can write to the database but does not
    /// know the secret cannot add a key.
    pub fn unwrap(&self, kid: &str, wrapped: &[u8]) -> Result<SigningKey, UnwrapError> {
        let corrupt = || UnwrapError::Corrupt { kid: kid.to_owned() };
        let pkcs8 = self.wrapping.open(kid.as_bytes(), wrapped).map_err(|error| match error {
            OpenError::Corrupt => corrupt(),
            OpenError::WrongSecret => UnwrapError::WrongSecret { kid: kid.to_owned() },
        })?;
        let key = SigningKey::from_pkcs8(&pkcs8).map_err(|_| corrupt())?;
        if key.kid() == kid { Ok(key) } else { Err(corrupt()) }
    }

    fn sealing_key(&self, purpose: Purpose) -> &SealingKey {
        match purpose {
            Purpose::TotpSecret => &self.totp_secrets,
            Purpose::PasskeyCeremony => &self.passkey_ceremonies,
        }
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

/// The key of one purpose. Clones share it.
#[derive(Clone)]
struct SealingKey(Arc<RandomizedNonceKey>);

impl SealingKey {
    fn derive(root: &hkdf::Prk, purpose: &[u8]) -> Result<Self, CryptoError> {
        let key = derive(root, purpose)?;
        Ok(Self(Arc::new(RandomizedNonceKey::new(&AES_256_GCM, &key).map_err(|_| CryptoError)?)))
    }

    fn seal(&self, context: &[u8], bytes: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mut ciphertext = bytes.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(context), &mut ciphertext).map_err(|_| CryptoError)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + ciphertext.len());
        sealed.push(SEALED_V1);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut ciphertext);
        Ok(sealed)
    }

    fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (&SEALED_V1, rest) = sealed.split_first().ok_or(OpenError::Corrupt)? else {
            return Err(OpenError::Corrupt);
        };
        let (nonce, ciphertext) = rest.split_at_checked(NONCE_LEN).ok_or(OpenError::Corrupt)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| OpenError::Corrupt)?;
        let mut bytes = ciphertext.to_vec();
        let length =
            self.0.open_in_place(nonce, Aad::from(context), &mut bytes).map_err(|_| OpenError::WrongSecret)?.len();
        bytes.truncate(length);
        Ok(bytes)
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

/// Why sealed bytes do not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Sealed with another secret, for another purpose or context, or changed since: the cipher cannot tell which.
    #[error("it was sealed with another secret key or for another use, or it was changed")]
    WrongSecret,
    /// Not in the format that [`SecretKey::seal`] writes.
    #[error("it is not in a format that this version supports")]
    Corrupt,
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
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
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

    /// Another implementation of HKDF and AES-GCM wrapped it: the stored format must never change.
    #[test]
    fn a_stored_key_opens() {
        let kid = "NnVvaIUMDJFGsWh4FYk80Og_MB8BULkeAQOUSRerR8o";
        let wrapped = "\
        AQABAgMEBQYHCAkKC60h7uZq31OMBYTe5Y2dErCMFh-itNQ8UPQHPhyCIjFQERRsZF6c_72P4ANzj3POk8c5g25yvmtBs6JsaSG2\
        xb6q4bcDcJ3gX4yX7fXRBXta8TY_7AmswJiRhXm99FG49ZZ338g-O8yIGtT_8DwO7E8vvmDS_ICaj-h5aV40_s--\
        3cuV7_VLRbBg5YlhMHKOrCKZx4n_zpmKwqg";
        let secret = SecretKey::new("a secret from an earlier version").unwrap();
        let key = secret.unwrap(kid, &BASE64URL.decode(wrapped).unwrap()).unwrap();
        assert_eq!(key.kid(), kid);
    }

    #[test]
    fn sealed_bytes_open_only_for_their_purpose_context_and_secret() {
        let (ours, bytes) = (secret(), b"the bytes to seal");
        let sealed = ours.seal(Purpose::TotpSecret, b"factor", bytes).unwrap();
        assert_eq!(sealed.len(), bytes.len() + 29);
        assert_eq!(ours.open(Purpose::TotpSecret, b"factor", &sealed).unwrap(), bytes);
        assert_eq!(ours.open(Purpose::PasskeyCeremony, b"factor", &sealed), Err(OpenError::WrongSecret));
        assert_eq!(ours.open(Purpose::TotpSecret, b"facto", &sealed), Err(OpenError::WrongSecret));
        assert_eq!(secret().open(Purpose::TotpSecret, b"factor", &sealed), Err(OpenError::WrongSecret));
        for damaged in [&[][..], &sealed[..1], &sealed[..12], &[2; 200]] {
            assert_eq!(ours.open(Purpose::TotpSecret, b"factor", damaged), Err(OpenError::Corrupt));
        }
        assert_eq!(ours.open(Purpose::TotpSecret, b"factor", &sealed[..13]), Err(OpenError::WrongSecret));
        assert_ne!(sealed, ours.seal(Purpose::TotpSecret, b"factor", bytes).unwrap());
    }

    #[test]
    fn nothing_and_much_can_be_sealed() {
        let secret = secret();
        for bytes in [vec![], vec![7; 100_000]] {
            let sealed = secret.seal(Purpose::PasskeyCeremony, b"", &bytes).unwrap();
            assert_eq!(secret.open(Purpose::PasskeyCeremony, b"", &sealed).unwrap(), bytes);
        }
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
        fn every_change_of_sealed_bytes_is_detected(
            bytes in prop::collection::vec(any::<u8>(), 0..50),
            at in any::<prop::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let secret = secret();
            let mut sealed = secret.seal(Purpose::TotpSecret, b"context", &bytes).unwrap();
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(secret.open(Purpose::TotpSecret, b"context", &sealed).is_err());
        }

        #[test]
        fn no_bytes_make_open_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert!(secret().open(Purpose::PasskeyCeremony, b"", &bytes).is_err());
        }

        #[test]
        fn no_bytes_make_unwrap_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), kid in "\\PC*") {
            prop_assert!(secret().unwrap(&kid, &bytes).is_err());
        }
    }
}

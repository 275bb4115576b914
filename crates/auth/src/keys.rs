//! The keys that sign access tokens, how they rest, and the secret that everything is derived from.

use crate::{CryptoError, opaque};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf, hmac,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;
use std::{fmt, sync::Arc};

/// First byte of a wrapped key, so that another form can follow.
const WRAPPED_V1: u8 = 1;

/// The secret of the service, which all its replicas share: it wraps the signing keys that rest in the database and
/// derives the successors of refresh tokens, and the pseudonyms of what shall not rest itself. Each use has a key of its own (HKDF-SHA-256, RFC 5869).
///
/// The text itself is not kept.
#[derive(Clone)]
pub struct SecretKey {
    wrapping: Arc<RandomizedNonceKey>,
    succession: hmac::Key,
    pseudonymity: hmac::Key,
}

impl SecretKey {
    /// Fewest bytes of the secret's text.
    pub const MIN_BYTES: usize = 32;

    /// Takes any text of at least 32 bytes, white space around it (a file's last newline) not counted. The text must
    /// be random: derivation separates the uses, it does not strengthen a password.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        if text.len() < Self::MIN_BYTES {
            return Err(SecretError::TooShort { bytes: text.len() });
        }
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"usher").extract(text.as_bytes());
        let wrapping = derive(&root, b"usher/1/signing-key-wrapping")?;
        let succession = derive(&root, b"usher/1/refresh-token-succession")?;
        let pseudonymity = derive(&root, b"usher/1/pseudonyms")?;
        Ok(Self {
            wrapping: Arc::new(RandomizedNonceKey::new(&AES_256_GCM, &wrapping).map_err(|_| CryptoError)?),
            succession: hmac::Key::new(hmac::HMAC_SHA256, &succession),
            pseudonymity: hmac::Key::new(hmac::HMAC_SHA256, &pseudonymity),
        })
    }

    /// A new text for [`Self::new`]: 256 random bits in base64url.
    pub fn generate() -> Result<String, CryptoError> {
        opaque::generate()
    }

    /// A signing key as it may rest where others can read: its PKCS#8 form in AES-256-GCM (NIST SP 800-38D) under a key
    /// derived from this secret, bound to its `kid`. One byte of version, the nonce, the ciphertext with its tag.
    pub fn wrap(&self, key: &SigningKey) -> Result<Vec<u8>, CryptoError> {
        let mut sealed = key.private.as_bytes().to_vec();
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

    /// The signing key that [`Self::wrap`] made, stored under `kid`.
    ///
    /// The public key is computed from what was unwrapped: whoever can write to the database, but does not know the
    /// secret, can add no key of their own.
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

    pub(crate) fn succession(&self) -> &hmac::Key {
        &self.succession
    }

    pub(crate) fn pseudonymity(&self) -> &hmac::Key {
        &self.pseudonymity
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

/// Why a text is no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretError {
    /// It has fewer than [`SecretKey::MIN_BYTES`] bytes.
    TooShort {
        bytes: usize,
    },
    Crypto(CryptoError),
}

impl From<CryptoError> for SecretError {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { bytes } => write!(
                f,
                "the secret key has {bytes} bytes; it needs at least {}, chosen at random",
                SecretKey::MIN_BYTES
            ),
            Self::Crypto(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SecretError {}

/// Why a wrapped signing key does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnwrapError {
    /// Wrapped under another secret, or changed since: the cipher cannot tell which.
    WrongSecret { kid: String },
    /// Not in the form that [`SecretKey::wrap`] writes.
    Corrupt { kid: String },
}

impl fmt::Display for UnwrapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongSecret { kid } => write!(
                f,
                "signing key {kid} does not open: the secret key is not the one it was wrapped with (or the stored key \
                 was changed)"
            ),
            Self::Corrupt { kid } => write!(f, "signing key {kid} is not stored in a form that this version knows"),
        }
    }
}

impl std::error::Error for UnwrapError {}

/// A private key that signs access tokens with ES256 (RFC 7518 §3.4). Clones share it.
#[derive(Clone)]
pub struct SigningKey {
    private: Arc<EncodingKey>,
    public: PublicKey,
}

impl SigningKey {
    /// A new random key.
    pub fn generate() -> Result<Self, CryptoError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| CryptoError)?;
        Self::from_pkcs8(pair.to_pkcs8v1().map_err(|_| CryptoError)?.as_ref())
    }

    /// The key's id: the thumbprint of its public half (RFC 7638), in base64url.
    pub fn kid(&self) -> &str {
        self.public.kid()
    }

    /// The half that verifies.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(crate) fn private(&self) -> &EncodingKey {
        &self.private
    }

    fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, CryptoError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(|_| CryptoError)?;
        Ok(Self {
            private: Arc::new(EncodingKey::from_ec_der(pkcs8)),
            public: PublicKey::from_point(pair.public_key().as_ref())?,
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.kid())
    }
}

/// The half of a signing key that verifies. It comes from a [`SigningKey`] only, never from a stranger. Clones share it.
#[derive(Clone)]
pub struct PublicKey {
    inner: Arc<PublicParts>,
}

struct PublicParts {
    kid: Arc<str>,
    jwk: Jwk,
    decoding: DecodingKey,
}

impl PublicKey {
    /// The key's id: the thumbprint of RFC 7638, in base64url.
    pub fn kid(&self) -> &str {
        &self.inner.kid
    }

    /// The key as others read it (RFC 7517).
    pub fn jwk(&self) -> &Jwk {
        &self.inner.jwk
    }

    pub(crate) fn shared_kid(&self) -> Arc<str> {
        Arc::clone(&self.inner.kid)
    }

    pub(crate) fn decoding(&self) -> &DecodingKey {
        &self.inner.decoding
    }

    /// From a point of P-256 in its uncompressed form (SEC 1 §2.3.3): a byte 4, then x and y of 32 bytes each.
    fn from_point(point: &[u8]) -> Result<Self, CryptoError> {
        let Some((&4, coordinates)) = point.split_first() else { return Err(CryptoError) };
        let (x, y) = coordinates.split_at_checked(32).ok_or(CryptoError)?;
        let (x, y) = (BASE64URL.encode(x), BASE64URL.encode(y));
        // RFC 7638 §3: the required members in alphabetical order, no white space.
        let thumbprint = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid: Arc<str> = BASE64URL.encode(opaque::sha256(thumbprint.as_bytes())).into();
        let jwk = Jwk { kty: "EC", crv: "P-256", alg: "ES256", key_use: "sig", kid: kid.to_string(), x, y };
        Ok(Self { inner: Arc::new(PublicParts { kid, jwk, decoding: DecodingKey::from_ec_der(point) }) })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.kid())
    }
}

/// A public key in JSON (RFC 7517, RFC 7518 §6.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jwk {
    pub kty: &'static str,
    pub crv: &'static str,
    pub alg: &'static str,
    #[serde(rename = "use")]
    pub key_use: &'static str,
    pub kid: String,
    /// The point's coordinates, 32 bytes each in base64url.
    pub x: String,
    pub y: String,
}

/// The public keys that verify our tokens (RFC 7517 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jwks {
    pub keys: Vec<Jwk>,
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
        assert_eq!(again.private.as_bytes(), key.private.as_bytes());
        let pkcs8 = key.private.as_bytes();
        assert!(!wrapped.windows(16).any(|w| pkcs8.windows(16).any(|p| p == w)), "nothing of the key shows");
    }

    #[test]
    fn another_secret_or_another_kid_does_not_open_a_key_and_is_named() {
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
    fn a_secret_has_at_least_32_bytes_not_counting_white_space_around_it() {
        assert_eq!(SecretKey::new(&"s".repeat(31)).unwrap_err(), SecretError::TooShort { bytes: 31 });
        assert_eq!(SecretKey::new(&format!("{:40}", "short")).unwrap_err(), SecretError::TooShort { bytes: 5 });
        SecretKey::new(&"s".repeat(32)).unwrap();
    }

    #[test]
    fn neither_secret_nor_private_key_shows_in_debug_output() {
        let key = SigningKey::generate().unwrap();
        assert_eq!(format!("{:?}", secret()), "SecretKey(…)");
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.kid()));
    }

    #[test]
    fn the_jwk_says_what_a_verifier_needs_and_nothing_private() {
        let key = SigningKey::generate().unwrap();
        let json = serde_json::to_value(key.public().jwk()).unwrap();
        let mut names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        assert_eq!(BASE64URL.decode(json["x"].as_str().unwrap()).unwrap().len(), 32);
        let parsed: jsonwebtoken::jwk::Jwk = serde_json::from_value(json).unwrap();
        assert_eq!(
            parsed.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap(),
            key.kid(),
            "the kid is the thumbprint that another implementation computes"
        );
    }

    proptest! {
        #[test]
        fn no_change_of_a_wrapped_key_goes_unseen(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
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

//! The keys that sign access tokens, and their public halves as JWKs.

use crate::CryptoError;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use std::{fmt, sync::Arc};

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

    pub(crate) fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, CryptoError> {
        let private = EncodingKey::from_ec_der(pkcs8);
        Ok(Self { public: PublicKey::of(&private)?, private: Arc::new(private) })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.kid())
    }
}

/// The half of a signing key that verifies. It is always derived from a [`SigningKey`], never received from a client. Clones
/// share it.
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
    fn of(private: &EncodingKey) -> Result<Self, CryptoError> {
        // Fails for anything but a PKCS#8 document of a P-256 key.
        let mut jwk = Jwk::from_encoding_key(private, Algorithm::ES256).map_err(|_| CryptoError)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| CryptoError)?;
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_id = Some(kid.clone());
        let decoding = DecodingKey::from_jwk(&jwk).map_err(|_| CryptoError)?;
        Ok(Self { inner: Arc::new(PublicParts { kid: kid.into(), jwk, decoding }) })
    }

    /// The key's id: the thumbprint of RFC 7638, in base64url.
    pub fn kid(&self) -> &str {
        &self.inner.kid
    }

    /// The key as other services read it (RFC 7517).
    pub fn jwk(&self) -> &Jwk {
        &self.inner.jwk
    }

    pub(crate) fn shared_kid(&self) -> Arc<str> {
        Arc::clone(&self.inner.kid)
    }

    pub(crate) fn decoding(&self) -> &DecodingKey {
        &self.inner.decoding
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.kid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::digest;
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};

    #[test]
    fn the_private_key_does_not_show_in_debug_output() {
        let key = SigningKey::generate().unwrap();
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.kid()));
    }

    #[test]
    fn the_jwk_has_what_a_verifier_needs_and_nothing_private() {
        let key = SigningKey::generate().unwrap();
        let json = serde_json::to_value(key.public().jwk()).unwrap();
        let mut names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        for (name, value) in [("alg", "ES256"), ("crv", "P-256"), ("kid", key.kid()), ("kty", "EC"), ("use", "sig")] {
            assert_eq!(json[name], value);
        }
        assert_eq!(BASE64URL.decode(json["x"].as_str().unwrap()).unwrap().len(), 32);
        assert_eq!(BASE64URL.decode(json["y"].as_str().unwrap()).unwrap().len(), 32);
    }

    #[test]
    fn the_kid_is_the_thumbprint_of_rfc_7638() {
        let key = SigningKey::generate().unwrap();
        let json = serde_json::to_value(key.public().jwk()).unwrap();
        // §3: the required members in alphabetical order, no white space.
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, json["x"], json["y"]);
        assert_eq!(key.kid(), BASE64URL.encode(digest::digest(&digest::SHA256, members.as_bytes())));
    }

    #[test]
    fn a_damaged_private_key_is_refused() {
        let pkcs8 = SigningKey::generate().unwrap().private().as_bytes().to_vec();
        assert!(SigningKey::from_pkcs8(&pkcs8[..pkcs8.len() - 1]).is_err());
        assert!(SigningKey::from_pkcs8(b"").is_err());
    }
}

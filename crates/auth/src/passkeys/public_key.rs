//! Public keys of credentials, in COSE (RFC 9052, RFC 9053; §5.8.5), and their signatures (§6.5.5).

use super::PasskeyError;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use coset::{
    CborSerializable as _, CoseKey, KeyType, Label, RegisteredLabelWithPrivate,
    iana::{self, EnumI64 as _},
};
use std::ops::RangeInclusive;

/// Bytes of the modulus of an RSA key. A longer one only takes longer.
const RSA_BYTES: RangeInclusive<usize> = 256..=512;
/// Bytes of the public exponent of an RSA key, which is 65537 in practice.
const MAX_RSA_EXPONENT: usize = 4;
/// Bytes of a coordinate of P-256, and of a key of Ed25519.
const COORDINATE: usize = 32;

/// The algorithms that are offered, in the order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Es256,
    EdDsa,
    Rs256,
}

impl Algorithm {
    pub(super) const ALL: [Self; 3] = [Self::Es256, Self::EdDsa, Self::Rs256];

    /// In the registry of COSE.
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Rs256 => -257,
        }
    }
}

/// Verifies a signature with a public key in CBOR.
pub(super) fn verify(public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), PasskeyError> {
    parse(public_key)?.verify_sig(message, signature).map_err(|_| PasskeyError::WrongSignature)
}

/// Reads a public key in CBOR. Its algorithm is one of those offered, its type and curve are those of the algorithm, and an
/// elliptic curve's key is a point on the curve.
pub(super) fn parse(public_key: &[u8]) -> Result<ParsedPublicKey, PasskeyError> {
    let key = CoseKey::from_slice(public_key).map_err(|_| PasskeyError::InvalidPublicKey)?;
    let Some(RegisteredLabelWithPrivate::Assigned(number)) = &key.alg else {
        return Err(PasskeyError::UnsupportedAlgorithm);
    };
    let algorithm = Algorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.number() == number.to_i64())
        .ok_or(PasskeyError::UnsupportedAlgorithm)?;
    match algorithm {
        Algorithm::Es256 => es256(&key),
        Algorithm::EdDsa => ed_dsa(&key),
        Algorithm::Rs256 => rs256(&key),
    }
    .ok_or(PasskeyError::InvalidPublicKey)
}

/// A point on P-256, not compressed.
fn es256(key: &CoseKey) -> Option<ParsedPublicKey> {
    use iana::Ec2KeyParameter::{Crv, X, Y};
    let is_p256 = key.kty == KeyType::Assigned(iana::KeyType::EC2)
        && number(key, Crv.to_i64()) == Some(iana::EllipticCurve::P_256.to_i64());
    let (x, y) = (bytes(key, X.to_i64())?, bytes(key, Y.to_i64())?);
    if !is_p256 || x.len() != COORDINATE || y.len() != COORDINATE {
        return None;
    }
    ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, [&[4], x, y].concat()).ok()
}

fn ed_dsa(key: &CoseKey) -> Option<ParsedPublicKey> {
    use iana::OkpKeyParameter::{Crv, X};
    let is_ed25519 = key.kty == KeyType::Assigned(iana::KeyType::OKP)
        && number(key, Crv.to_i64()) == Some(iana::EllipticCurve::Ed25519.to_i64());
    let x = bytes(key, X.to_i64())?;
    if !is_ed25519 || x.len() != COORDINATE {
        return None;
    }
    ParsedPublicKey::new(&ED25519, x).ok()
}

fn rs256(key: &CoseKey) -> Option<ParsedPublicKey> {
    use iana::RsaKeyParameter::{E, N};
    let (n, e) = (bytes(key, N.to_i64())?, bytes(key, E.to_i64())?);
    let is_rsa = key.kty == KeyType::Assigned(iana::KeyType::RSA);
    // Odd, as every exponent is, and not 1, with which every message is its own signature.
    let is_exponent = e.len() <= MAX_RSA_EXPONENT && e.last().is_some_and(|last| last % 2 == 1) && e != [1];
    if !is_rsa || !RSA_BYTES.contains(&n.len()) || !is_exponent {
        return None;
    }
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()
}

fn bytes(key: &CoseKey, label: i64) -> Option<&[u8]> {
    key.params.iter().find(|(found, _)| *found == Label::Int(label))?.1.as_bytes().map(Vec::as_slice)
}

fn number(key: &CoseKey, label: i64) -> Option<i64> {
    let value = key.params.iter().find(|(found, _)| *found == Label::Int(label))?.1.as_integer()?;
    i64::try_from(i128::from(value)).ok()
}

//! PBKDF2 (RFC 8018) with HMAC of SHA-1 and SHA-2, as various systems write it.

use super::{
    StoredHash,
    encoding::{Phc, adapted_base64, base64, fields, hex, number, strip_prefix_ignoring_case},
    limits::{MAX_PBKDF2_ITERATIONS, at_most, unknown},
};
use aws_lc_rs::pbkdf2;
use std::num::NonZeroU32;
use usher_domain::Fault;

/// The lengths of a derived key. A shorter one would match by chance, a longer one takes more work than its iterations say.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 10..=64;

/// The hash function of the HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    fn named(name: &str) -> Result<Self, Fault> {
        match name {
            "sha1" => Ok(Self::Sha1),
            "sha256" => Ok(Self::Sha256),
            "sha384" => Ok(Self::Sha384),
            "sha512" => Ok(Self::Sha512),
            _ => Err(unknown("is of PBKDF2 with a digest other than SHA-1, SHA-256, SHA-384 and SHA-512")),
        }
    }

    /// Its name in a PHC string.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    fn algorithm(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }
}

pub(crate) struct Pbkdf2 {
    pub(super) digest: Digest,
    pub(super) iterations: NonZeroU32,
    pub(super) salt: Vec<u8>,
    pub(super) expected: Vec<u8>,
}

impl Pbkdf2 {
    pub(super) fn checked(
        digest: Digest,
        iterations: u32,
        salt: Vec<u8>,
        expected: Vec<u8>,
    ) -> Result<StoredHash, Fault> {
        at_most("PBKDF2 iterations", iterations, MAX_PBKDF2_ITERATIONS)?;
        let iterations = NonZeroU32::new(iterations).ok_or_else(|| unknown("has no PBKDF2 iterations"))?;
        if !KEY_LENGTHS.contains(&expected.len()) {
            return Err(unknown("is a PBKDF2 hash of fewer than 10 or more than 64 bytes"));
        }
        Ok(StoredHash::Pbkdf2(Self { digest, iterations, salt, expected }))
    }

    pub(super) fn matches(&self, password: &str) -> bool {
        let algorithm = self.digest.algorithm();
        pbkdf2::verify(algorithm, self.iterations, &self.salt, password.as_bytes(), &self.expected).is_ok()
    }
}

/// A PHC string, `$pbkdf2-sha256$i=600000$salt$hash`, or passlib's `$pbkdf2-sha256$600000$salt$hash`. Without the name of a
/// digest it is of SHA-1.
pub(super) fn phc_or_passlib(text: &str) -> Result<StoredHash, Fault> {
    if let Some(["", name, iterations, salt, hash]) = fields(text, '$')
        && let Some(iterations) = number(iterations)
    {
        return adapted(digest_after("pbkdf2", name)?, iterations, salt, hash);
    }
    let phc = Phc::parse(text)?;
    let digest = digest_after("pbkdf2", phc.algorithm())?;
    let [iterations] = phc.parameters(["i"])?;
    Pbkdf2::checked(digest, iterations, phc.salt.as_ref().to_vec(), phc.expected.as_bytes().to_vec())
}

/// OpenLDAP's `{PBKDF2-SHA256}10000$salt$hash`.
pub(super) fn ldap(text: &str) -> Option<Result<StoredHash, Fault>> {
    let (label, rest) = text.strip_prefix('{')?.split_once('}')?;
    strip_prefix_ignoring_case(label, "pbkdf2")?;
    let [iterations, salt, hash] = fields(rest, '$')?;
    let iterations = number(iterations)?;
    Some(digest_after("pbkdf2", &label.to_ascii_lowercase()).and_then(|digest| adapted(digest, iterations, salt, hash)))
}

/// Django's `pbkdf2_sha256$600000$salt$hash`, where the salt is a text.
pub(super) fn django(text: &str) -> Result<StoredHash, Fault> {
    let malformed = || unknown("is not a well-formed PBKDF2 hash of Django");
    let [name, iterations, salt, hash] = fields(text, '$').ok_or_else(malformed)?;
    let digest = Digest::named(name.trim_start_matches("pbkdf2_"))?;
    let iterations = number(iterations).ok_or_else(malformed)?;
    Pbkdf2::checked(digest, iterations, salt.into(), base64(hash).ok_or_else(malformed)?)
}

/// Werkzeug's `pbkdf2:sha256:600000$salt$hash`, where the salt is a text and the hash is in hex.
pub(super) fn werkzeug(text: &str) -> Result<StoredHash, Fault> {
    let malformed = || unknown("is not a PBKDF2 hash of Werkzeug that names its iterations");
    let [method, salt, hash] = fields(text, '$').ok_or_else(malformed)?;
    let [_, digest, iterations] = fields(method, ':').ok_or_else(malformed)?;
    let iterations = number(iterations).ok_or_else(malformed)?;
    Pbkdf2::checked(Digest::named(digest)?, iterations, salt.into(), hex(hash).ok_or_else(malformed)?)
}

fn adapted(digest: Digest, iterations: u32, salt: &str, hash: &str) -> Result<StoredHash, Fault> {
    let parts = adapted_base64(salt).zip(adapted_base64(hash));
    let (salt, expected) = parts.ok_or_else(|| unknown("is a PBKDF2 hash with an invalid salt or hash"))?;
    Pbkdf2::checked(digest, iterations, salt, expected)
}

/// The digest that follows this name and a hyphen, or SHA-1 if nothing does.
fn digest_after(name: &str, text: &str) -> Result<Digest, Fault> {
    match text.strip_prefix(name) {
        Some("") => Ok(Digest::Sha1),
        rest => Digest::named(rest.and_then(|rest| rest.strip_prefix('-')).unwrap_or_default()),
    }
}

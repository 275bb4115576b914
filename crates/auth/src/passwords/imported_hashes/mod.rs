//! Stored password hashes: our own bcrypt, and those of users imported from other systems.
//!
//! Each family of formats has a file. A hash is stored as the other system wrote it, without what surrounds it; Keycloak and
//! Firebase keep its parts in several places, so theirs are put together. `docs/reference/password-hashes.md` lists the
//! formats. The cost of each hash is limited, because the hash decides how much work a sign-in makes.
//!
//! MD5 and SHA-1 are computed only to verify imported hashes, which are replaced at the next sign-in.

mod argon2;
mod aspnet;
mod bcrypt;
mod encoding;
mod firebase;
mod keycloak;
mod ldap;
mod limits;
mod parts;
mod pbkdf2;
mod phpass;
mod rejected;
mod scrypt;
mod sha_crypt;
mod yescrypt;

#[cfg(any(test, fuzzing))]
mod estimate;
#[cfg(test)]
mod tests;

pub use self::{
    firebase::{FirebaseParameters, firebase},
    keycloak::keycloak,
    parts::{Argon2Parts, HashParts, Pbkdf2Parts, parts},
};

use self::{
    argon2::Argon2, bcrypt::Bcrypt, encoding::strip_prefix_ignoring_case, firebase::Firebase, ldap::SaltedDigest,
    limits::MAX_MEMORY_KIB, pbkdf2::Pbkdf2, phpass::Phpass, scrypt::Scrypt, sha_crypt::ShaCrypt, yescrypt::Yescrypt,
};
use super::memory_budget::MemoryBudget;
use usher_domain::Fault;

/// The memory that all hashing threads share.
static MEMORY: MemoryBudget = MemoryBudget::new(MAX_MEMORY_KIB);

/// What Spring Security, LDAP servers, Dovecot and Django put before a hash that names its algorithm itself.
const LABELS: [&str; 10] = [
    "{bcrypt}",
    "{crypt}",
    "{argon2}",
    "{argon2@SpringSecurity_v5_8}",
    "{argon2i}",
    "{argon2id}",
    "{blf-crypt}",
    "{sha256-crypt}",
    "{sha512-crypt}",
    "bcrypt$",
];

/// Reads a hash as another system wrote it, and returns the text to store. Nothing is computed: `Ok` means that it can be
/// verified here, at an acceptable cost.
///
/// # Errors
/// `unknown_hash_format` for a text in none of the accepted formats, `hash_too_costly` for one above a limit,
/// `unusable_password` for the mark of an account that has no password.
pub fn read(text: &str) -> Result<String, Fault> {
    let text = without_label(text.trim());
    StoredHash::parse(text).map(|_| text.to_owned())
}

fn without_label(text: &str) -> &str {
    // Django labels what argon2 writes with a name that has no separator of its own.
    if text.starts_with("argon2$argon2") {
        return text.strip_prefix("argon2").unwrap_or(text);
    }
    let unlabelled = LABELS.iter().find_map(|label| strip_prefix_ignoring_case(text, label));
    unlabelled.filter(|hash| hash.starts_with('$')).unwrap_or(text)
}

/// A parsed hash, with parameters within the limits.
pub(crate) enum StoredHash {
    Bcrypt(Bcrypt),
    Argon2(Argon2),
    Pbkdf2(Pbkdf2),
    Scrypt(Scrypt),
    Firebase(Firebase),
    Yescrypt(Yescrypt),
    ShaCrypt(ShaCrypt),
    Phpass(Phpass),
    SaltedDigest(SaltedDigest),
}

type Parser = fn(&str) -> Result<StoredHash, Fault>;

/// How the text of each format begins.
const FORMATS: [(&str, Parser); 20] = [
    ("$argon2", argon2::phc),
    ("$scrypt$", scrypt::phc),
    ("$pbkdf2", pbkdf2::phc_or_passlib),
    ("$bcrypt-sha256$", bcrypt::passlib),
    ("$wp$2", bcrypt::wordpress),
    ("$firebase-scrypt$", firebase::stored),
    ("$5$", sha_crypt::sha256),
    ("$6$", sha_crypt::sha512),
    ("$y$", yescrypt::crypt),
    ("$P$", phpass::portable),
    ("$H$", phpass::portable),
    ("$S$", phpass::drupal),
    ("U$S$", phpass::drupal_upgraded),
    ("U$P$", phpass::portable_upgraded),
    ("bcrypt_sha256$", bcrypt::django),
    ("pbkdf2_", pbkdf2::django),
    ("scrypt$", scrypt::django),
    ("pbkdf2:", pbkdf2::werkzeug),
    ("scrypt:", scrypt::werkzeug),
    ("{", ldap::labelled),
];

impl StoredHash {
    /// Parses a stored hash; the errors are those of [`read`].
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        if text.starts_with("$2") {
            return bcrypt::crypt(text);
        }
        if text.len() > limits::MAX_LENGTH || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(rejected::name(text));
        }
        if let Some((_, parse)) = FORMATS.iter().find(|(start, _)| text.starts_with(start)) {
            return parse(text);
        }
        scrypt::better_auth(text).or_else(|| aspnet::identity(text)).unwrap_or_else(|| Err(rejected::name(text)))
    }

    /// Computes the hash of `password`, which takes as long as its parameters demand, and compares in constant time. Waits
    /// until there is memory for it.
    pub(crate) fn matches(&self, password: &str) -> bool {
        let _memory = MEMORY.reserve(self.memory_kib());
        match self {
            Self::Bcrypt(hash) => hash.matches(password),
            Self::Argon2(hash) => hash.matches(password),
            Self::Pbkdf2(hash) => hash.matches(password),
            Self::Scrypt(hash) => hash.matches(password),
            Self::Firebase(hash) => hash.matches(password),
            Self::Yescrypt(hash) => hash.matches(password),
            Self::ShaCrypt(hash) => hash.matches(password),
            Self::Phpass(hash) => hash.matches(password),
            Self::SaltedDigest(hash) => hash.matches(password),
        }
    }

    /// Whether it is a hash as this service makes it, with this cost.
    pub(crate) fn is_own(&self, cost: u32) -> bool {
        matches!(self, Self::Bcrypt(hash) if hash.is_plain() && hash.cost == cost)
    }

    /// Whether it is of bcrypt, which does not read all of this password: the two never match.
    pub(crate) fn is_cut_short(&self, password: &str) -> bool {
        matches!(self, Self::Bcrypt(hash) if !hash.reads_all_of(password))
    }

    /// The memory that computing it takes, in KiB; 0 if it is negligible.
    fn memory_kib(&self) -> u32 {
        match self {
            Self::Argon2(hash) => hash.memory_kib(),
            Self::Scrypt(hash) => hash.memory_kib(),
            Self::Firebase(hash) => hash.memory_kib(),
            Self::Yescrypt(hash) => hash.memory_kib(),
            Self::Bcrypt(_) | Self::Pbkdf2(_) | Self::ShaCrypt(_) | Self::Phpass(_) | Self::SaltedDigest(_) => 0,
        }
    }
}

/// Whether `compute` fills in what is expected, compared in constant time.
fn derives(expected: &[u8], compute: impl FnOnce(&mut [u8]) -> bool) -> bool {
    let mut computed = vec![0; expected.len()];
    compute(&mut computed) && is_equal(&computed, expected)
}

fn is_equal(computed: &[u8], expected: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(computed, expected).is_ok()
}

//! Stored password hashes: our own bcrypt, and those of users imported from other systems.
//!
//! Accepted formats are bcrypt (`$2a$`, `$2b$`, `$2y$`), and in PHC form argon2id (RFC 9106), `pbkdf2-sha256` (RFC 8018) and
//! scrypt (RFC 7914). The cost of each is limited, because the hash decides how much work a sign-in makes.

mod parse;

#[cfg(test)]
mod tests;

use super::memory_budget::MemoryBudget;
use aws_lc_rs::pbkdf2;
use std::num::NonZeroU32;
use usher_domain::Fault;

/// Maximum memory, in KiB, of an accepted argon2 or scrypt hash, and of all that are computed at the same time.
const MAX_MEMORY_KIB: u32 = 256 * 1024;

/// The memory that all hashing threads share.
static MEMORY: MemoryBudget = MemoryBudget::new(MAX_MEMORY_KIB);

/// Checks that an imported hash can be verified here, and at an acceptable cost, without computing anything.
///
/// # Errors
/// `unknown_hash_format` for a text in none of the accepted formats, `hash_too_costly` for one above a limit.
pub fn validate(hash: &str) -> Result<(), Fault> {
    StoredHash::parse(hash).map(drop)
}

/// A parsed hash, with parameters within the limits.
pub(crate) enum StoredHash<'a> {
    Bcrypt { cost: u32, text: &'a str },
    Argon2 { engine: Box<argon2::Argon2<'static>>, salt: phc::Salt, expected: phc::Output },
    Pbkdf2 { iterations: NonZeroU32, salt: phc::Salt, expected: phc::Output },
    Scrypt { params: scrypt::Params, salt: phc::Salt, expected: phc::Output },
}

impl<'a> StoredHash<'a> {
    /// Parses a hash; the errors are those of [`validate`].
    pub(crate) fn parse(hash: &'a str) -> Result<Self, Fault> {
        if hash.starts_with("$2") { Self::parse_bcrypt(hash) } else { Self::parse_phc(hash) }
    }

    /// Computes the hash of `password`, which takes as long as its parameters demand, and compares in constant time. Waits
    /// until there is memory for it.
    ///
    /// The hash is also computed for a password that bcrypt would read only in part, which never matches.
    pub(crate) fn matches(&self, password: &str) -> bool {
        let _memory = MEMORY.reserve(self.memory_kib());
        match self {
            Self::Bcrypt { text, .. } => {
                bcrypt::verify(password, text).unwrap_or(false) && bcrypt_reads_all_of(password)
            }
            Self::Argon2 { engine, salt, expected } => derives(expected, |computed| {
                engine.hash_password_into(password.as_bytes(), salt.as_ref(), computed).is_ok()
            }),
            Self::Pbkdf2 { iterations, salt, expected } => pbkdf2::verify(
                pbkdf2::PBKDF2_HMAC_SHA256,
                *iterations,
                salt.as_ref(),
                password.as_bytes(),
                expected.as_bytes(),
            )
            .is_ok(),
            Self::Scrypt { params, salt, expected } => derives(expected, |computed| {
                scrypt::scrypt(password.as_bytes(), salt.as_ref(), params, computed).is_ok()
            }),
        }
    }

    /// The memory that computing it takes, in KiB; 0 if it is negligible.
    fn memory_kib(&self) -> u32 {
        match self {
            Self::Bcrypt { .. } | Self::Pbkdf2 { .. } => 0,
            Self::Argon2 { engine, .. } => engine.params().m_cost(),
            Self::Scrypt { params, .. } => {
                let blocks = 1_u64.checked_shl(params.log_n().into()).unwrap_or(u64::MAX);
                let blocks = blocks.saturating_add(params.p().into());
                let bytes = blocks.saturating_mul(params.r().into()).saturating_mul(128);
                u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
            }
        }
    }
}

/// Whether bcrypt takes every byte of this password into account: it reads 72 bytes and stops at a NUL.
fn bcrypt_reads_all_of(password: &str) -> bool {
    password.len() <= 72 && !password.as_bytes().contains(&0)
}

/// Whether `compute` fills in what is expected, compared in constant time.
fn derives(expected: &phc::Output, compute: impl FnOnce(&mut [u8]) -> bool) -> bool {
    let mut computed = [0; phc::Output::MAX_LENGTH];
    let computed = &mut computed[..expected.len()];
    compute(computed) && aws_lc_rs::constant_time::verify_slices_are_equal(computed, expected.as_bytes()).is_ok()
}

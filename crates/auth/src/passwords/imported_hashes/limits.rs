//! The highest cost of an accepted hash. The hash decides how much work a sign-in makes: some 4 s of one core at most.

use std::fmt::Display;
use usher_domain::Fault;

/// Length of a hash, in bytes.
pub(super) const MAX_LENGTH: usize = 1024;
/// Memory, in KiB, and of all hashes that are computed at the same time.
pub(super) const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// Memory, in KiB, that scrypt and yescrypt go through in sequence: parallel blocks multiply the time, not the memory.
pub(super) const MAX_SEQUENTIAL_KIB: u32 = 4 * MAX_MEMORY_KIB;
/// The binary logarithm of bcrypt's rounds.
pub(super) const MAX_BCRYPT_COST: u32 = 16;
pub(super) const MAX_ARGON2_PASSES: u32 = 10;
pub(super) const MAX_ARGON2_LANES: u32 = 8;
pub(super) const MAX_PBKDF2_ITERATIONS: u32 = 2_000_000;
pub(super) const MAX_SHA_CRYPT_ROUNDS: u32 = 1_000_000;
/// The binary logarithm of the rounds of phpass.
pub(super) const MAX_PHPASS_COST: u32 = 20;

/// Length, in bytes, of a password that is hashed again in every round, so that it multiplies the cost. Such a hash does not
/// match a longer one; libxcrypt has the same limit.
pub(super) const MAX_REPEATED_PASSWORD: usize = 512;

/// # Errors
/// `hash_too_costly`.
pub(super) fn at_most(what: &str, value: u32, ceiling: u32) -> Result<(), Fault> {
    if value <= ceiling {
        return Ok(());
    }
    Err(Fault::new("hash_too_costly", format!("has {what} above {ceiling}, the accepted maximum ({WAY_OUT})")))
}

/// The size of `blocks` of scrypt, in KiB. Each has 128 times `r` bytes.
pub(super) fn scrypt_kib(blocks: u64, r: u32) -> u32 {
    let bytes = blocks.saturating_mul(r.into()).saturating_mul(128);
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
}

/// Checks the memory and the time of scrypt and its relatives.
///
/// # Errors
/// `hash_too_costly`.
pub(super) fn check_scrypt(n: u64, r: u32, p: u32) -> Result<(), Fault> {
    at_most("scrypt memory in KiB", scrypt_kib(n.max(p.into()), r), MAX_MEMORY_KIB)?;
    at_most("scrypt work in KiB", scrypt_kib(n.saturating_mul(p.into()), r), MAX_SEQUENTIAL_KIB)
}

/// What to do with a hash that is not accepted.
const WAY_OUT: &str = "leave it out, and the user resets the password";

/// What the text is, and why it is not accepted, as the end of a sentence about it.
pub(super) fn unknown(what: impl Display) -> Fault {
    Fault::new("unknown_hash_format", format!("{what} ({WAY_OUT})"))
}

/// The mark of an account that cannot sign in with a password.
pub(super) fn unusable(what: impl Display) -> Fault {
    Fault::new("unusable_password", format!("{what} ({WAY_OUT})"))
}

//! Parsing stored hashes, and the limits of their parameters.

use super::{MAX_MEMORY_KIB, StoredHash};
use phc::PasswordHash;
use std::num::NonZeroU32;
use usher_domain::Fault;

/// Minimum cost that bcrypt supports.
const MIN_BCRYPT_COST: u32 = 4;
/// Maximum cost of an accepted bcrypt hash: 2^16 rounds, some 4 s of one core.
const MAX_BCRYPT_COST: u32 = 16;
/// Maximum number of passes of an accepted argon2 hash.
const MAX_ARGON2_PASSES: u32 = 10;
/// Maximum number of lanes of an accepted argon2 hash.
const MAX_ARGON2_LANES: u32 = 8;
/// Maximum number of iterations of an accepted PBKDF2 hash.
const MAX_PBKDF2_ITERATIONS: u32 = 2_000_000;
/// Maximum memory, in KiB, that an accepted scrypt hash goes through in sequence: parallel blocks multiply the time, not
/// the memory.
const MAX_SCRYPT_WORK_KIB: u32 = 4 * MAX_MEMORY_KIB;

impl<'a> StoredHash<'a> {
    pub(super) fn parse_bcrypt(text: &'a str) -> Result<Self, Fault> {
        // `$2x$` marks hashes of an implementation that misread bytes above 127, which the library cannot compute.
        if text.starts_with("$2x$") {
            return Err(unknown("is a $2x$ bcrypt hash, which cannot be verified"));
        }
        let parts: bcrypt::HashParts = text.parse().map_err(|_| unknown("is not a well-formed bcrypt hash"))?;
        // The library also accepts `+4` as a cost.
        if !text.get(4..6).is_some_and(|cost| cost.bytes().all(|digit| digit.is_ascii_digit())) {
            return Err(unknown("is not a well-formed bcrypt hash"));
        }
        let cost = parts.get_cost();
        if cost < MIN_BCRYPT_COST {
            return Err(unknown("has a bcrypt cost below 4"));
        }
        at_most("bcrypt cost", cost, MAX_BCRYPT_COST)?;
        Ok(Self::Bcrypt { cost, text })
    }

    pub(super) fn parse_phc(text: &str) -> Result<Self, Fault> {
        let phc = PasswordHash::new(text).map_err(|_| unknown("is neither a bcrypt hash nor a PHC string"))?;
        let (Some(salt), Some(expected)) = (phc.salt, phc.hash) else {
            return Err(unknown("has no salt or no hash"));
        };
        match phc.algorithm.as_str() {
            "argon2id" => {
                let [memory, passes, lanes] = parameters(&phc, ["m", "t", "p"])?;
                at_most("argon2 memory in KiB", memory, MAX_MEMORY_KIB)?;
                at_most("argon2 passes", passes, MAX_ARGON2_PASSES)?;
                at_most("argon2 lanes", lanes, MAX_ARGON2_LANES)?;
                // Hashes without a version are of version 16: they were made before hashes named it.
                let version = argon2::Version::try_from(phc.version.unwrap_or(0x10))
                    .map_err(|_| unknown("has an unknown argon2 version"))?;
                let params = argon2::Params::new(memory, passes, lanes, Some(expected.len()))
                    .map_err(|_| unknown("has an invalid combination of argon2 parameters"))?;
                let engine = Box::new(argon2::Argon2::new(argon2::Algorithm::Argon2id, version, params));
                Ok(Self::Argon2 { engine, salt, expected })
            }
            "pbkdf2-sha256" => {
                let [iterations] = parameters(&phc, ["i"])?;
                at_most("PBKDF2 iterations", iterations, MAX_PBKDF2_ITERATIONS)?;
                same_length(&phc, &expected)?;
                let iterations = NonZeroU32::new(iterations).ok_or_else(|| unknown("has no PBKDF2 iterations"))?;
                Ok(Self::Pbkdf2 { iterations, salt, expected })
            }
            "scrypt" => {
                let [log_n, r, p] = parameters(&phc, ["ln", "r", "p"])?;
                let n = 1_u64.checked_shl(log_n).unwrap_or(u64::MAX);
                let kib = |blocks: u64| {
                    let bytes = blocks.saturating_mul(u64::from(r)).saturating_mul(128);
                    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
                };
                at_most("scrypt memory in KiB", kib(n.max(u64::from(p))), MAX_MEMORY_KIB)?;
                at_most("scrypt work in KiB", kib(n.saturating_mul(u64::from(p))), MAX_SCRYPT_WORK_KIB)?;
                same_length(&phc, &expected)?;
                let log_n = u8::try_from(log_n).unwrap_or(u8::MAX);
                let params = scrypt::Params::new(log_n, r, p)
                    .map_err(|_| unknown("has an invalid combination of scrypt parameters"))?;
                Ok(Self::Scrypt { params, salt, expected })
            }
            _ => Err(unknown("is of an algorithm other than bcrypt, argon2id, pbkdf2-sha256 and scrypt")),
        }
    }
}

/// The named decimal parameters. Any other parameter would change the meaning of the hash (argon2's `keyid`), so only the
/// length of the output may be there as well.
fn parameters<const N: usize>(phc: &PasswordHash, names: [&str; N]) -> Result<[u32; N], Fault> {
    let known = |name: &str| names.contains(&name) || name == "l";
    if phc.params.iter().any(|(name, _)| !known(name.as_str())) {
        return Err(unknown("has unknown parameters"));
    }
    let mut values = [0; N];
    for (value, name) in values.iter_mut().zip(names) {
        *value = phc.params.get_decimal(name).ok_or_else(|| unknown("lacks a parameter of its algorithm"))?;
    }
    Ok(values)
}

fn same_length(phc: &PasswordHash, expected: &phc::Output) -> Result<(), Fault> {
    match phc.params.get("l").map(|l| l.decimal()) {
        None => Ok(()),
        Some(Ok(length)) if usize::try_from(length) == Ok(expected.len()) => Ok(()),
        Some(_) => Err(unknown("declares another length than it has")),
    }
}

fn at_most(what: &str, value: u32, ceiling: u32) -> Result<(), Fault> {
    if value <= ceiling {
        return Ok(());
    }
    Err(Fault::new("hash_too_costly", format!("{what} is above {ceiling}, the accepted maximum")))
}

fn unknown(detail: &'static str) -> Fault {
    Fault::new("unknown_hash_format", detail)
}

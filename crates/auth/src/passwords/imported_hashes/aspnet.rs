//! ASP.NET Core Identity: base64 of a version, its parameters, a salt and a key of PBKDF2.

use super::{
    StoredHash,
    encoding::base64,
    limits::unknown,
    pbkdf2::{Digest, Pbkdf2},
};
use usher_domain::Fault;

/// Length of the salt in version 2.
const SALT: usize = 16;
/// Length of the key in version 2.
const KEY: usize = 32;

/// `None` if it is something else.
pub(super) fn identity(text: &str) -> Option<Result<StoredHash, Fault>> {
    match base64(text)?.split_first()? {
        (0, rest) => version_2(rest),
        (1, rest) => version_3(rest),
        _ => None,
    }
}

/// Of ASP.NET Identity 2, and of Core in its compatibility mode: SHA-1, 1,000 iterations.
fn version_2(data: &[u8]) -> Option<Result<StoredHash, Fault>> {
    let (salt, key) = data.split_at_checked(SALT)?;
    (key.len() == KEY).then(|| Pbkdf2::checked(Digest::Sha1, 1000, salt.to_vec(), key.to_vec()))
}

/// Digest, iterations and length of the salt, each in four bytes, the first being the most significant.
fn version_3(data: &[u8]) -> Option<Result<StoredHash, Fault>> {
    let mut rest = data;
    let mut next = || {
        let (value, after) = rest.split_first_chunk()?;
        rest = after;
        Some(u32::from_be_bytes(*value))
    };
    let (digest, iterations, salt_length) = (next()?, next()?, next()?);
    let digest = match digest {
        0 => Digest::Sha1,
        1 => Digest::Sha256,
        2 => Digest::Sha512,
        _ => return None,
    };
    let parts = usize::try_from(salt_length).ok().and_then(|length| rest.split_at_checked(length));
    Some(match parts {
        Some((salt, key)) => Pbkdf2::checked(digest, iterations, salt.to_vec(), key.to_vec()),
        None => Err(unknown("is an incomplete hash of ASP.NET Identity")),
    })
}

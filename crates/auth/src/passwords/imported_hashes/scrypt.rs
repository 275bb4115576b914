//! scrypt (RFC 7914), as various systems write it.

use super::{
    StoredHash, derives,
    encoding::{Phc, base64, fields, hex, number},
    limits::{check_scrypt, scrypt_kib, unknown},
};
use scrypt::Params;
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfkc};
use usher_domain::Fault;

/// The lengths of a derived key.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 10..=64;

pub(crate) struct Scrypt {
    pub(super) params: Params,
    pub(super) salt: Vec<u8>,
    pub(super) expected: Vec<u8>,
    /// The system normalized the password (NFKC) before it hashed it.
    normalizes: bool,
}

impl Scrypt {
    fn checked(params: Params, salt: Vec<u8>, expected: Vec<u8>) -> Result<Self, Fault> {
        if !KEY_LENGTHS.contains(&expected.len()) {
            return Err(unknown("is an scrypt hash of fewer than 10 or more than 64 bytes"));
        }
        Ok(Self { params, salt, expected, normalizes: false })
    }

    pub(super) fn matches(&self, password: &str) -> bool {
        let password = match password {
            password if self.normalizes && !is_nfkc(password) => Cow::Owned(password.nfkc().collect::<String>()),
            password => Cow::Borrowed(password),
        };
        derives(&self.expected, |computed| {
            scrypt::scrypt(password.as_bytes(), &self.salt, &self.params, computed).is_ok()
        })
    }

    pub(super) fn memory_kib(&self) -> u32 {
        memory_kib(&self.params)
    }
}

/// The memory that computing scrypt takes, in KiB.
pub(super) fn memory_kib(params: &Params) -> u32 {
    let blocks = 1_u64.checked_shl(params.log_n().into()).unwrap_or(u64::MAX);
    scrypt_kib(blocks.saturating_add(params.p().into()), params.r())
}

/// Parameters within the limits; `log_n` is the binary logarithm of the number of blocks.
pub(super) fn parameters(log_n: u32, r: u32, p: u32) -> Result<Params, Fault> {
    check_scrypt(1_u64.checked_shl(log_n).unwrap_or(u64::MAX), r, p)?;
    let log_n = u8::try_from(log_n).unwrap_or(u8::MAX);
    Params::new(log_n, r, p).map_err(|_| unknown("has an invalid combination of scrypt parameters"))
}

/// Parameters within the limits; `n` is the number of blocks.
fn parameters_of_blocks(n: u32, r: u32, p: u32) -> Result<Params, Fault> {
    if !n.is_power_of_two() {
        return Err(unknown("has a number of scrypt blocks that is not a power of two"));
    }
    parameters(n.ilog2(), r, p)
}

/// A PHC string, `$scrypt$ln=14,r=8,p=1$salt$hash`. passlib writes the same. Kratos writes the number of blocks in place of its
/// logarithm, which is always below 64.
pub(super) fn phc(text: &str) -> Result<StoredHash, Fault> {
    let phc = Phc::parse(text)?;
    let [log_n, r, p] = phc.parameters(["ln", "r", "p"])?;
    let params = if log_n > 64 { parameters_of_blocks(log_n, r, p)? } else { parameters(log_n, r, p)? };
    Scrypt::checked(params, phc.salt.as_ref().to_vec(), phc.expected.as_bytes().to_vec()).map(StoredHash::Scrypt)
}

/// Django's `scrypt$16384$salt$8$1$hash`, where the salt is a text.
pub(super) fn django(text: &str) -> Result<StoredHash, Fault> {
    let malformed = || unknown("is not a well-formed scrypt hash of Django");
    let [_, n, salt, r, p, hash] = fields(text, '$').ok_or_else(malformed)?;
    let params = numbered([n, r, p], malformed)?;
    Scrypt::checked(params, salt.into(), base64(hash).ok_or_else(malformed)?).map(StoredHash::Scrypt)
}

/// Werkzeug's `scrypt:32768:8:1$salt$hash`, where the salt is a text and the hash is in hex.
pub(super) fn werkzeug(text: &str) -> Result<StoredHash, Fault> {
    let malformed = || unknown("is not a well-formed scrypt hash of Werkzeug");
    let [method, salt, hash] = fields(text, '$').ok_or_else(malformed)?;
    let [_, n, r, p] = fields(method, ':').ok_or_else(malformed)?;
    let params = numbered([n, r, p], malformed)?;
    Scrypt::checked(params, salt.into(), hex(hash).ok_or_else(malformed)?).map(StoredHash::Scrypt)
}

fn numbered([n, r, p]: [&str; 3], malformed: impl Fn() -> Fault) -> Result<Params, Fault> {
    let number = |text| number(text).ok_or_else(&malformed);
    parameters_of_blocks(number(n)?, number(r)?, number(p)?)
}

/// better-auth's `salt:hash`, both in hex, with fixed parameters. The salt is used as a text. `None` if it is something else.
pub(super) fn better_auth(text: &str) -> Option<Result<StoredHash, Fault>> {
    let [salt, hash] = fields(text, ':')?;
    let (salt_bytes, expected) = (hex(salt)?, hex(hash)?);
    if (salt_bytes.len(), expected.len()) != (16, 64) {
        return None;
    }
    let hash = parameters(14, 16, 1).and_then(|params| Scrypt::checked(params, salt.into(), expected));
    Some(hash.map(|hash| StoredHash::Scrypt(Scrypt { normalizes: true, ..hash })))
}

//! phpass: a digest that is computed again and again, with MD5 (WordPress before 6.8, phpBB) or SHA-512 (Drupal 7 to 10.0).

use super::{
    StoredHash, is_equal,
    limits::{MAX_PHPASS_COST, MAX_REPEATED_PASSWORD, at_most, unknown},
};
use aws_lc_rs::digest::{self, SHA512};
use base64ct::{Base64ShaCrypt, Encoding};
use data_encoding::HEXLOWER;
use md5::Md5;
use std::borrow::Cow;
use usher_domain::Fault;

const DIGITS: &str = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The binary logarithm of the fewest rounds that phpass accepts.
const MIN_COST: u32 = 7;

pub(crate) struct Phpass {
    digest: Digest,
    /// The binary logarithm of the number of rounds.
    pub(super) cost: u32,
    salt: String,
    /// The digest as text; Drupal keeps only its beginning.
    expected: String,
    /// The hash is of the hex of a digest that the system had before.
    of_md5: bool,
}

#[derive(Clone, Copy)]
enum Digest {
    Md5,
    Sha512,
}

impl Digest {
    /// Digits of the digest in a hash.
    fn digits(self) -> usize {
        match self {
            Self::Md5 => 22,
            Self::Sha512 => 43,
        }
    }

    fn of(self, parts: [&[u8]; 2]) -> Vec<u8> {
        match self {
            Self::Md5 => {
                use md5::Digest;
                parts.iter().fold(Md5::new(), Md5::chain_update).finalize().to_vec()
            }
            Self::Sha512 => {
                let mut context = digest::Context::new(&SHA512);
                for part in parts {
                    context.update(part);
                }
                context.finish().as_ref().to_vec()
            }
        }
    }
}

/// `$P$`, or `$H$` of phpBB.
pub(super) fn portable(text: &str) -> Result<StoredHash, Fault> {
    parse(&text[3..], Digest::Md5, false)
}

/// Drupal's `$S$`.
pub(super) fn drupal(text: &str) -> Result<StoredHash, Fault> {
    parse(&text[3..], Digest::Sha512, false)
}

/// Drupal's `U$S$`: of the MD5 digests that Drupal 6 had.
pub(super) fn drupal_upgraded(text: &str) -> Result<StoredHash, Fault> {
    parse(&text[4..], Digest::Sha512, true)
}

/// Drupal's `U$P$`.
pub(super) fn portable_upgraded(text: &str) -> Result<StoredHash, Fault> {
    parse(&text[4..], Digest::Md5, true)
}

/// A digit for the cost, eight characters of salt, and the digest.
fn parse(text: &str, digest: Digest, of_md5: bool) -> Result<StoredHash, Fault> {
    let malformed = || unknown("is not a well-formed phpass hash");
    let (cost, rest) = text.split_at_checked(1).ok_or_else(malformed)?;
    let (salt, expected) = rest.split_at_checked(8).ok_or_else(malformed)?;
    let cost = DIGITS.find(cost).and_then(|cost| u32::try_from(cost).ok()).ok_or_else(malformed)?;
    if expected.len() != digest.digits() || !expected.chars().all(|digit| DIGITS.contains(digit)) || cost < MIN_COST {
        return Err(malformed());
    }
    at_most("a phpass cost", cost, MAX_PHPASS_COST)?;
    Ok(StoredHash::Phpass(Phpass { digest, cost, salt: salt.to_owned(), expected: expected.to_owned(), of_md5 }))
}

impl Phpass {
    pub(super) fn matches(&self, password: &str) -> bool {
        if password.len() > MAX_REPEATED_PASSWORD {
            return false;
        }
        let password = if self.of_md5 { Cow::Owned(md5_hex(password)) } else { Cow::Borrowed(password) };
        let mut computed = self.digest.of([self.salt.as_bytes(), password.as_bytes()]);
        for _ in 0..1_u32 << self.cost {
            computed = self.digest.of([&computed, password.as_bytes()]);
        }
        let text = Base64ShaCrypt::encode_string(&computed);
        is_equal(&text.as_bytes()[..self.expected.len()], self.expected.as_bytes())
    }
}

fn md5_hex(password: &str) -> String {
    HEXLOWER.encode(&Digest::Md5.of([password.as_bytes(), &[]]))
}

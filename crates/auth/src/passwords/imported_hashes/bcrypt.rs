//! bcrypt, of the password itself or of a digest of it.

use super::{
    StoredHash,
    encoding::{fields, lenient, number},
    is_equal,
    limits::{MAX_BCRYPT_COST, at_most, unknown},
};
use aws_lc_rs::{digest, hmac};
use base64::{Engine, alphabet, engine::GeneralPurpose, prelude::BASE64_STANDARD};
use data_encoding::HEXLOWER;
use std::array;
use usher_domain::Fault;

/// Many libraries have left bits in the last digit of the salt that belong to no byte.
const BASE64: GeneralPurpose = lenient(&alphabet::BCRYPT);

/// Minimum cost that bcrypt supports.
const MIN_COST: u32 = 4;

/// How many bytes of a password bcrypt reads.
const READ_BYTES: usize = 72;

pub(crate) struct Bcrypt {
    pub(super) cost: u32,
    salt: [u8; 16],
    expected: [u8; 23],
    input: Input,
}

/// What is hashed.
enum Input {
    Password,
    /// The password, as `crypt_blowfish` misread it before version 1.1 (`$2x$`).
    SignExtended,
    /// Django: the hex of SHA-256.
    Sha256Hex,
    /// WordPress: base64 of an HMAC with SHA-384 and a fixed key, of the password without white space around it.
    WordPress,
    /// passlib 1.7.3 and later: base64 of an HMAC with SHA-256, whose key is the text of the salt.
    SaltedSha256 {
        salt: String,
    },
    /// passlib before: base64 of SHA-256.
    Sha256,
}

/// `$2b$12$`, salt and hash; also `$2a$`, `$2x$` and `$2y$`.
pub(super) fn crypt(text: &str) -> Result<StoredHash, Fault> {
    let (input, rest) = match text.split_at_checked(4) {
        Some(("$2a$" | "$2b$" | "$2y$", rest)) => (Input::Password, rest),
        Some(("$2x$", rest)) => (Input::SignExtended, rest),
        _ if text.starts_with("$2$") => return Err(unknown("is a $2$ bcrypt hash, which cannot be verified")),
        _ => return Err(malformed()),
    };
    cost_and_hash(rest, input)
}

/// WordPress since 6.8: `$wp$2y$10$`, salt and hash.
pub(super) fn wordpress(text: &str) -> Result<StoredHash, Fault> {
    cost_and_hash(text.strip_prefix("$wp$2y$").ok_or_else(malformed)?, Input::WordPress)
}

/// Django's `BCryptSHA256PasswordHasher`: `bcrypt_sha256$$2b$12$`, salt and hash. Converters write a third `$` before `2b`.
pub(super) fn django(text: &str) -> Result<StoredHash, Fault> {
    let text = text.strip_prefix("bcrypt_sha256$").map(|text| text.trim_start_matches('$'));
    cost_and_hash(text.and_then(|text| text.strip_prefix("2b$")).ok_or_else(malformed)?, Input::Sha256Hex)
}

/// passlib's `$bcrypt-sha256$v=2,t=2b,r=12$salt$hash`, and `$bcrypt-sha256$2b,12$salt$hash` of its earlier versions.
pub(super) fn passlib(text: &str) -> Result<StoredHash, Fault> {
    let ["", _, parameters, salt, hash] = fields(text, '$').ok_or_else(malformed)? else { return Err(malformed()) };
    let (input, cost) = match parameters.split_once("r=") {
        Some(("v=2,t=2b,", cost)) => (Input::SaltedSha256 { salt: salt.to_owned() }, cost),
        _ => match parameters.split_once(',') {
            Some(("2a" | "2b", cost)) => (Input::Sha256, cost),
            _ => return Err(unknown("is a bcrypt-sha256 hash with unknown parameters")),
        },
    };
    checked(cost, salt, hash, input)
}

fn cost_and_hash(text: &str, input: Input) -> Result<StoredHash, Fault> {
    let [cost, rest] = fields(text, '$').ok_or_else(malformed)?;
    if cost.len() != 2 {
        return Err(malformed());
    }
    let (salt, hash) = rest.split_at_checked(22).ok_or_else(malformed)?;
    checked(cost, salt, hash, input)
}

fn checked(cost: &str, salt: &str, hash: &str, input: Input) -> Result<StoredHash, Fault> {
    let cost = number(cost).ok_or_else(malformed)?;
    if cost < MIN_COST {
        return Err(unknown("has a bcrypt cost below 4"));
    }
    at_most("a bcrypt cost", cost, MAX_BCRYPT_COST)?;
    let (salt, expected) = (decoded(salt).ok_or_else(malformed)?, decoded(hash).ok_or_else(malformed)?);
    Ok(StoredHash::Bcrypt(Bcrypt { cost, salt, expected, input }))
}

fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64.decode(text).ok()?.try_into().ok()
}

fn malformed() -> Fault {
    unknown("is not a well-formed bcrypt hash")
}

impl Bcrypt {
    /// As crypt(3) writes it. The versions differ in their bugs only, which this hash does not have.
    pub(super) fn to_crypt(&self) -> String {
        format!("$2b${:02}${}{}", self.cost, BASE64.encode(self.salt), BASE64.encode(self.expected))
    }

    /// Whether the password is hashed as it is.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.input, Input::Password)
    }

    /// The hash is also computed for a password that bcrypt would read only in part, which never matches.
    pub(super) fn matches(&self, password: &str) -> bool {
        let key = match &self.input {
            Input::Password => terminated(password.as_bytes()),
            Input::SignExtended => sign_extended(&terminated(password.as_bytes())).to_vec(),
            Input::Sha256Hex => terminated(HEXLOWER.encode(sha256(password).as_ref()).as_bytes()),
            Input::WordPress => terminated(wordpress_digest(password).as_bytes()),
            Input::SaltedSha256 { salt } => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, salt.as_bytes());
                terminated(BASE64_STANDARD.encode(hmac::sign(&key, password.as_bytes())).as_bytes())
            }
            Input::Sha256 => terminated(BASE64_STANDARD.encode(sha256(password)).as_bytes()),
        };
        let computed = bcrypt::bcrypt(self.cost, self.salt, &key);
        is_equal(&computed[..self.expected.len()], &self.expected) && self.reads_all_of(password)
    }

    /// Whether every byte of this password counts: bcrypt reads 72 bytes and stops at a NUL. A digest is always read whole.
    pub(super) fn reads_all_of(&self, password: &str) -> bool {
        let is_digest = !matches!(self.input, Input::Password | Input::SignExtended);
        is_digest || (password.len() <= READ_BYTES && !password.as_bytes().contains(&0))
    }
}

/// What bcrypt reads of a text that ends with a NUL.
fn terminated(text: &[u8]) -> Vec<u8> {
    text.iter().copied().chain([0]).take(READ_BYTES).collect()
}

/// bcrypt fills 18 words of four bytes from the key, again and again. The bug: a byte above 127 sets all bits before it in its
/// word.
fn sign_extended(key: &[u8]) -> [u8; READ_BYTES] {
    let mut bytes = key.iter().cycle();
    let words: [[u8; 4]; READ_BYTES / 4] = array::from_fn(|_| {
        let word = bytes.by_ref().take(4).fold(0, |word: u32, byte| {
            let extended = i32::from(byte.cast_signed()).cast_unsigned();
            (word << 8) | extended
        });
        word.to_be_bytes()
    });
    array::from_fn(|at| words[at / 4][at % 4])
}

fn sha256(password: &str) -> digest::Digest {
    digest::digest(&digest::SHA256, password.as_bytes())
}

fn wordpress_digest(password: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA384, b"wp-sha384");
    // What PHP's `trim` removes.
    let password = password.trim_matches([' ', '\t', '\n', '\r', '\0', '\u{b}']);
    BASE64_STANDARD.encode(hmac::sign(&key, password.as_bytes()))
}

//! How the parts of a hash are written.

use super::limits::unknown;
use base64::{
    Engine,
    alphabet::{self, Alphabet},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD_NO_PAD,
};
use data_encoding::HEXLOWER_PERMISSIVE;
use phc::PasswordHash;
use usher_domain::Fault;

/// With or without padding. The last digit may have bits that belong to no byte.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true)
    .with_encode_padding(false);

/// Decodes base64 with this alphabet, as other systems write it.
pub(super) const fn lenient(alphabet: &Alphabet) -> GeneralPurpose {
    GeneralPurpose::new(alphabet, LENIENT)
}

pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    lenient(&alphabet::STANDARD).decode(text).ok()
}

/// Base64 with either alphabet.
pub(super) fn base64_or_base64url(text: &str) -> Option<Vec<u8>> {
    base64(text).or_else(|| lenient(&alphabet::URL_SAFE).decode(text).ok())
}

/// passlib's base64, which has `.` in place of `+`.
pub(super) fn adapted_base64(text: &str) -> Option<Vec<u8>> {
    base64(&text.replace('.', "+"))
}

/// As in a PHC string.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    BASE64_STANDARD_NO_PAD.encode(bytes)
}

pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()
}

/// A decimal number without a sign.
pub(super) fn number(text: &str) -> Option<u32> {
    if text.bytes().all(|digit| digit.is_ascii_digit()) { text.parse().ok() } else { None }
}

pub(super) fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Exactly `N` fields.
pub(super) fn fields<const N: usize>(text: &str, separator: char) -> Option<[&str; N]> {
    text.split(separator).collect::<Vec<_>>().try_into().ok()
}

/// A PHC string that has a salt and a hash.
pub(super) struct Phc {
    text: PasswordHash,
    pub salt: phc::Salt,
    pub expected: phc::Output,
}

impl Phc {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let text = PasswordHash::new(text).map_err(|_| unknown("is not a well-formed PHC string"))?;
        let (Some(salt), Some(expected)) = (text.salt, text.hash) else {
            return Err(unknown("has no salt or no hash"));
        };
        match text.params.get("l").map(|length| length.decimal()) {
            None => {}
            Some(Ok(length)) if usize::try_from(length) == Ok(expected.len()) => {}
            Some(_) => return Err(unknown("declares another length than it has")),
        }
        Ok(Self { text, salt, expected })
    }

    pub(super) fn algorithm(&self) -> &str {
        self.text.algorithm.as_str()
    }

    pub(super) fn version(&self) -> Option<u32> {
        self.text.version
    }

    /// The named decimal parameters. Any other parameter would change the meaning of the hash (argon2's `keyid`), so only
    /// the length of the output may be there as well.
    pub(super) fn parameters<const N: usize>(&self, names: [&str; N]) -> Result<[u32; N], Fault> {
        let known = |name: &str| names.contains(&name) || name == "l";
        if self.text.params.iter().any(|(name, _)| !known(name.as_str())) {
            return Err(unknown("has unknown parameters"));
        }
        let mut values = [0; N];
        for (value, name) in values.iter_mut().zip(names) {
            *value = self.text.params.get_decimal(name).ok_or_else(|| unknown("lacks a parameter of its algorithm"))?;
        }
        Ok(values)
    }
}

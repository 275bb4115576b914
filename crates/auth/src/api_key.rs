//! API keys: long-lived bearer tokens for scripts, in a form that scanners of source code recognize.
//!
//! A key is `usher_pat_`, 256 random bits as 43 base62 digits, and 6 digits for the CRC-32 (CRC-32/ISO-HDLC) of everything
//! before. The checksum is no security feature: it refuses a key with a typing error without a look into the database.

use crate::{CryptoError, opaque::sha256};
use aws_lc_rs::rand;

/// What every key begins with.
const PREFIX: &str = "usher_pat_";
/// Characters of a key.
const LENGTH: usize = PREFIX.len() + RANDOM_DIGITS + CHECKSUM_DIGITS;

/// The digits in the order of their values, as their bytes are ordered.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Enough for 256 bits.
const RANDOM_DIGITS: usize = 43;
/// Enough for 32 bits.
const CHECKSUM_DIGITS: usize = 6;
/// The prefix and four random digits.
const HINT_LENGTH: usize = PREFIX.len() + 4;

/// A new key, and what is stored of it.
pub struct NewKey {
    pub key: String,
    /// The beginning of the key, by which its owner recognizes it.
    pub hint: String,
    pub digest: [u8; 32],
}

/// A new key, from the system's random number generator.
pub fn generate() -> Result<NewKey, CryptoError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| CryptoError)?;
    let key = from_bytes(bytes);
    Ok(NewKey { hint: key.chars().take(HINT_LENGTH).collect(), digest: sha256(key.as_bytes()), key })
}

/// Whether a token claims to be a key.
pub fn has_prefix(token: &str) -> bool {
    token.starts_with(PREFIX)
}

/// The stored form of a key: its SHA-256. `None` if its form or its checksum is wrong.
pub fn digest(key: &str) -> Option<[u8; 32]> {
    let (signed, check) = key.split_at_checked(LENGTH - CHECKSUM_DIGITS)?;
    let random = signed.strip_prefix(PREFIX)?;
    if !random.bytes().all(|digit| digit.is_ascii_alphanumeric()) || check != checksum(signed) {
        return None;
    }
    Some(sha256(key.as_bytes()))
}

fn from_bytes(bytes: [u8; 32]) -> String {
    let mut key = PREFIX.to_owned();
    key.push_str(&base62::<RANDOM_DIGITS>(bytes));
    let check = checksum(&key);
    key.push_str(&check);
    key
}

fn checksum(text: &str) -> String {
    base62::<CHECKSUM_DIGITS>(crc32fast::hash(text.as_bytes()).to_be_bytes())
}

/// A number, whose bytes come with the most significant first, in this many digits.
fn base62<const DIGITS: usize>(mut number: impl AsMut<[u8]>) -> String {
    let mut digits = [0; DIGITS];
    for digit in digits.iter_mut().rev() {
        let mut rest = 0_u16;
        for byte in number.as_mut() {
            let dividend = rest << 8 | u16::from(*byte);
            // The rest is below 62, so the quotient is a byte.
            *byte = u8::try_from(dividend / 62).unwrap_or(u8::MAX);
            rest = dividend % 62;
        }
        *digit = ALPHABET[usize::from(rest)];
    }
    digits.map(char::from).iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fmt::Write as _;

    const ZERO: &str = "usher_pat_000000000000000000000000000000000000000000013uwvo";
    const LARGEST: &str = "usher_pat_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp12fCzOK";
    const COUNTING: &str = "usher_pat_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf0Q8LjU";

    /// The expected values were computed by another implementation.
    #[test]
    fn known_bytes_give_the_known_key() {
        assert_eq!(from_bytes([0; 32]), ZERO);
        assert_eq!(from_bytes([255; 32]), LARGEST);
        let mut counting = [0; 32];
        (0..).zip(&mut counting).for_each(|(n, byte)| *byte = n);
        assert_eq!(from_bytes(counting), COUNTING);
    }

    #[test]
    fn the_checksum_is_crc_32_iso_hdlc() {
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_known_key_has_the_known_digest() {
        let hex = digest(ZERO).unwrap().iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        });
        assert_eq!(hex, "07ab004bf3a74add3cb4201d54d338ab92e8d5d9b6cf16b6761d463f326a1f67");
    }

    #[test]
    fn a_key_is_new_each_time_and_has_the_form_that_scanners_look_for() {
        let (one, two) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one.key, two.key);
        for NewKey { key, hint, digest: stored } in [one, two] {
            assert_eq!(key.len(), LENGTH);
            let (prefix, rest) = key.split_at(10);
            assert!(prefix == "usher_pat_" && rest.len() == 49 && rest.bytes().all(|c| c.is_ascii_alphanumeric()));
            assert!(has_prefix(&key) && digest(&key) == Some(stored));
            assert_eq!(hint, &key[..14]);
        }
    }

    #[test]
    fn a_key_with_one_wrong_character_has_no_digest() {
        for key in [ZERO, LARGEST, COUNTING, &generate().unwrap().key] {
            for at in 0..LENGTH {
                for other in ALPHABET.iter().map(|digit| char::from(*digit)).chain(['_', '-', ' ', 'é']) {
                    let wrong = format!("{}{other}{}", &key[..at], &key[at + 1..]);
                    assert!(wrong == key || digest(&wrong).is_none(), "{wrong}");
                }
            }
        }
    }

    #[test]
    fn a_text_of_another_form_has_no_digest() {
        for text in ["", PREFIX, &ZERO[..58], &format!("{ZERO}0"), &ZERO.to_lowercase().replace("usher", "Usher")] {
            assert_eq!(digest(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_key_has_its_length_and_a_digest(bytes: [u8; 32]) {
            let key = from_bytes(bytes);
            prop_assert_eq!(key.len(), LENGTH);
            prop_assert!(digest(&key).is_some());
        }

        #[test]
        fn no_text_makes_the_digest_panic(text in "\\PC*", tail in "[0-9A-Za-zé_]{45,51}") {
            prop_assert!(digest(&text).is_none());
            let _ = digest(&format!("{PREFIX}{tail}"));
        }
    }
}

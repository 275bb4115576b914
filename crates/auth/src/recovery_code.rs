//! Recovery codes: what a user keeps on paper for the day when the other factors are lost. Each is good once.
//!
//! A code is 80 random bits as 16 digits of Crockford's base 32 (<https://www.crockford.com/base32.html>), which has no `I`,
//! `L`, `O` and `U`: what looks like a digit is read as that digit.

use crate::{CryptoError, SecretKey, opaque};
use aws_lc_rs::rand;
use std::fmt;
use uuid::Uuid;

/// Codes that a user gets at once.
pub const COUNT: usize = 10;

/// Digits of a code, of five bits each.
const DIGITS: usize = 16;
/// Digits between two hyphens.
const GROUP: usize = 4;
/// Maximum length of a text that can be a code, in bytes: the digits, and as many separators twice over.
const MAX_TEXT: usize = 3 * DIGITS;
/// The digits in the order of their values.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A code in the form in which it is compared. It is shown in groups: `xxxx-xxxx-xxxx-xxxx`.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; DIGITS]);

impl RecoveryCode {
    /// A new set of codes, from the system's random number generator.
    pub fn generate_all() -> Result<[Self; COUNT], CryptoError> {
        let mut bytes = [[0; DIGITS]; COUNT];
        rand::fill(bytes.as_flattened_mut()).map_err(|_| CryptoError)?;
        // 256 is a multiple of 32, so every digit is as likely as any other.
        Ok(bytes.map(|bytes| Self(bytes.map(|byte| ALPHABET[usize::from(byte % 32)]))))
    }

    /// Reads a code that a user has typed: case, spaces and hyphens do not matter. `None` if the text is not a code of anybody.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let mut digits = text.bytes().filter(|byte| !matches!(byte, b' ' | b'-'));
        let mut code = [0; DIGITS];
        for place in &mut code {
            *place = digit(digits.next()?)?;
        }
        digits.next().is_none().then_some(Self(code))
    }

    /// The stored form: an HMAC-SHA-256 under a key of the service, bound to the user. Without the secret of the service, a
    /// copy of the database does not allow to test a code.
    pub fn digest(&self, secret: &SecretKey, user: Uuid) -> [u8; 32] {
        opaque::pseudonym(secret, "recovery code", &[user.as_bytes(), &self.0])
    }
}

/// The digit that a character stands for.
fn digit(character: u8) -> Option<u8> {
    let digit = match character.to_ascii_lowercase() {
        b'o' => b'0',
        b'i' | b'l' => b'1',
        other => other,
    };
    ALPHABET.contains(&digit).then_some(digit)
}

impl fmt::Display for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, digit) in self.0.iter().enumerate() {
            if place > 0 && place % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*digit))?;
        }
        Ok(())
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn secret() -> SecretKey {
        SecretKey::new("a secret for the tests of recovery codes").unwrap()
    }

    #[test]
    fn a_set_has_ten_different_codes_in_groups_of_four() {
        let (one, two) = (RecoveryCode::generate_all().unwrap(), RecoveryCode::generate_all().unwrap());
        let texts: HashSet<String> = one.iter().chain(&two).map(ToString::to_string).collect();
        assert_eq!(texts.len(), 20);
        for text in texts {
            let groups: Vec<&str> = text.split('-').collect();
            assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 4), "{text}");
            assert!(text.bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)), "{text}");
        }
    }

    #[test]
    fn every_digit_occurs() {
        let mut seen = HashSet::new();
        for _ in 0..20 {
            seen.extend(RecoveryCode::generate_all().unwrap().iter().flat_map(|code| code.0));
        }
        assert_eq!(seen.len(), 32);
    }

    #[test]
    fn case_spaces_hyphens_and_letters_that_look_like_digits_do_not_matter() {
        let code = RecoveryCode::parse("0123-456v-abcd-1110").unwrap();
        for text in
            ["0123456VABCD1110", " 0123 456V abcd 1110 ", "o123-456v-AbCd-Il1O", "0-1-2-3-4-5-6-v-a-b-c-d-1-1-1-0"]
        {
            assert_eq!(RecoveryCode::parse(text).as_ref(), Some(&code), "{text}");
        }
        assert_eq!(code.to_string(), "0123-456v-abcd-1110");
    }

    #[test]
    fn another_text_is_not_a_code() {
        let long = format!("0123-456v-abcd-1110{}", " ".repeat(MAX_TEXT));
        for text in
            ["", "0123-456v-abcd-111", "0123-456v-abcd-11100", "0123-456u-abcd-1110", "0123_456v_abcd_1110", "é", &long]
        {
            assert_eq!(RecoveryCode::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_digest_depends_on_the_code_the_user_and_the_secret() {
        let (one, two) = (RecoveryCode::parse("0123456vabcd1110").unwrap(), RecoveryCode([b'0'; 16]));
        let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let digest = one.digest(&secret(), ada);
        assert_eq!(digest, one.clone().digest(&secret(), ada));
        let other = SecretKey::new("another secret for these tests, as long").unwrap();
        for different in [two.digest(&secret(), ada), one.digest(&secret(), bob), one.digest(&other, ada)] {
            assert_ne!(digest, different);
        }
    }

    #[test]
    fn a_code_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", RecoveryCode([b'0'; 16])), "RecoveryCode(…)");
    }

    proptest! {
        #[test]
        fn no_text_makes_parse_panic_and_what_is_read_is_written_back(text in "[-0-9A-Za-zé ]{0,50}") {
            if let Some(code) = RecoveryCode::parse(&text) {
                prop_assert_eq!(RecoveryCode::parse(&code.to_string()), Some(code));
            }
        }
    }
}

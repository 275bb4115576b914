//! Time-based one-time passwords (TOTP, RFC 6238): secrets, codes, and the `otpauth` URI that an authenticator app reads.
//!
//! A code is the HMAC of a number of time steps (RFC 4226 §5), counted from the Unix epoch. The same code must not be accepted
//! twice (RFC 6238 §5.2), so [`Totp::verify`] returns the step of an accepted code, and the caller stores it.

mod import;
#[cfg(test)]
mod tests;

use crate::CryptoError;
use aws_lc_rs::{constant_time, rand};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::{fmt, ops::RangeInclusive};
use totp_rs::{Algorithm, Builder, Secret};

pub use import::ImportFault;

/// Bytes of a new secret, as RFC 4226 §4 recommends.
const NEW_SECRET_BYTES: usize = 20;
/// Bytes of a secret. RFC 4226 §4 requires 128 bits, but many services give 80 bits, which their users bring along; a guess at
/// a code is far easier than one at either. More than a block of SHA-512 adds nothing.
const SECRET_BYTES: RangeInclusive<usize> = 10..=128;
/// Digits of a code (RFC 4226 §5.3).
const DIGITS: RangeInclusive<u8> = 6..=8;
/// Seconds of a time step. A longer one leaves more time to use a code that somebody has seen.
const PERIODS: [u64; 2] = [30, 60];
/// Steps before and after the current one whose codes are accepted too (RFC 6238 §5.2).
const SKEW: u64 = 1;
/// First byte of the stored form, so that the format can change.
const STORED_V1: u8 = 1;
/// What may stand for itself in a URI (RFC 3986 §2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The secret of a user's authenticator app and how the app makes codes of it.
#[derive(Clone)]
pub struct Totp(totp_rs::Totp);

impl Totp {
    /// A new random secret of 160 bits, for codes of six digits by HMAC-SHA-1 every 30 seconds: what every app supports.
    pub fn generate() -> Result<Self, CryptoError> {
        let mut bytes = [0; NEW_SECRET_BYTES];
        rand::fill(&mut bytes).map_err(|_| CryptoError)?;
        Ok(Self(Builder::new().with_secret(bytes.to_vec()).build_noncompliant()))
    }

    /// Reads a secret from another service: in base32 (RFC 4648 §6; case, spaces, hyphens and padding do not matter), or an
    /// `otpauth` URI, which may also name an algorithm, a number of digits and a period.
    pub fn import(text: &str) -> Result<Self, ImportFault> {
        import::import(text)
    }

    /// Only what [`Self::verify`] supports. `None` for anything else.
    fn new(algorithm: Algorithm, digits: u8, period: u64, secret: &[u8]) -> Option<Self> {
        if !DIGITS.contains(&digits) || !PERIODS.contains(&period) || !SECRET_BYTES.contains(&secret.len()) {
            return None;
        }
        let builder = Builder::new().with_algorithm(algorithm).with_digits(digits).with_step_duration(period);
        Some(Self(builder.with_secret(secret.to_vec()).build_noncompliant()))
    }

    /// The bytes to seal and store: a version, the algorithm, the number of digits, the period in seconds, and the secret.
    pub fn to_bytes(&self) -> Vec<u8> {
        let algorithm = match self.0.algorithm() {
            Algorithm::SHA512 => 3,
            Algorithm::SHA256 => 2,
            _ => 1,
        };
        let period = u8::try_from(self.0.step()).unwrap_or_default();
        [&[STORED_V1, algorithm, self.0.digits(), period], self.0.secret().as_bytes()].concat()
    }

    /// Reads what [`Self::to_bytes`] wrote. `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ([STORED_V1, algorithm, digits, period], secret) = bytes.split_first_chunk()? else { return None };
        let algorithm = match algorithm {
            1 => Algorithm::SHA1,
            2 => Algorithm::SHA256,
            3 => Algorithm::SHA512,
            _ => return None,
        };
        Self::new(algorithm, *digits, u64::from(*period), secret)
    }

    /// The secret in base32 without padding, for a user who cannot scan the QR code.
    pub fn secret(&self) -> String {
        self.0.secret().to_base32()
    }

    /// The URI that an authenticator app reads, with every parameter, also where it has the default value
    /// (<https://github.com/google/google-authenticator/wiki/Key-Uri-Format>). The issuer is the name of the service, the
    /// account that of the user; the app shows both. A colon separates the two, so a colon in either becomes a space.
    pub fn uri(&self, issuer: &str, account: &str) -> String {
        let escape = |text: &str| utf8_percent_encode(&text.replace(':', " "), ESCAPED).to_string();
        let (issuer, account) = (escape(issuer), escape(account));
        format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm={}&digits={}&period={}",
            self.secret(),
            self.0.algorithm(),
            self.0.digits(),
            self.0.step(),
        )
    }

    /// The step whose code this is: the one at `now` (in seconds since the Unix epoch), or the one before or after, whose
    /// clock differs. Only steps after `last_step`, which the caller stores, are tried.
    ///
    /// The time that this takes does not depend on the code or on which step it matches.
    pub fn verify(&self, code: &Code, now: i64, last_step: Option<i64>) -> Option<i64> {
        let period = self.0.step();
        let current = u64::try_from(now).unwrap_or_default() / period;
        let mut accepted = None;
        // From the latest to the earliest, so that a code of two steps is accepted for the earlier one.
        for step in (current.saturating_sub(SKEW)..=current.saturating_add(SKEW)).rev() {
            let expected = self.0.generate(step.saturating_mul(period)).to_string();
            let is_equal = constant_time::verify_slices_are_equal(expected.as_bytes(), code.0.as_bytes()).is_ok();
            let step = i64::try_from(step).unwrap_or(i64::MAX);
            if is_equal && last_step.is_none_or(|last| step > last) {
                accepted = Some(step);
            }
        }
        accepted
    }
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Totp(…)")
    }
}

/// A text that has the form of a code: six to eight digits, with or without spaces between them, as apps show them.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// Maximum length of the text, in bytes.
    const MAX_TEXT: usize = 32;

    /// `None` if the text cannot be a code of anybody.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::MAX_TEXT {
            return None;
        }
        let digits: String = text.chars().filter(|character| *character != ' ').collect();
        let is_code = digits.bytes().all(|byte| byte.is_ascii_digit())
            && u8::try_from(digits.len()).is_ok_and(|length| DIGITS.contains(&length));
        is_code.then_some(Self(digits))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

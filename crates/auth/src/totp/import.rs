//! Reads the secrets of other services.

use super::{DIGITS, PERIODS, SECRET_BYTES, Secret, Totp};
use totp_rs::Algorithm;
use url::Url;

/// Maximum length of the text, in bytes. A secret has up to 205 characters; an issuer and an account are escaped.
const MAX_TEXT: usize = 4096;

/// Why a text is not a secret that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImportFault {
    #[error("it has more than {MAX_TEXT} bytes")]
    TooLong,
    /// Neither a base32 text nor a URI whose `secret` is one.
    #[error("the secret is not base32")]
    NotBase32,
    #[error("the secret has fewer than 80 bits")]
    TooShort,
    #[error("the secret has more than 1024 bits")]
    TooMuch,
    #[error("it is not an otpauth URI")]
    NotAUri,
    /// An `otpauth` URI for counters (RFC 4226), which this service does not support, or for something else.
    #[error("the URI is not for time-based codes")]
    NotTimeBased,
    #[error("the URI has no secret")]
    NoSecret,
    #[error("a parameter of the URI is there twice")]
    Repeated,
    #[error("the algorithm is not SHA1, SHA256 or SHA512")]
    Algorithm,
    #[error("the number of digits is not 6, 7 or 8")]
    Digits,
    #[error("the period is not 30 or 60 seconds")]
    Period,
}

pub(super) fn import(text: &str) -> Result<Totp, ImportFault> {
    if text.len() > MAX_TEXT {
        return Err(ImportFault::TooLong);
    }
    let text = text.trim();
    if text.contains(':') { from_uri(text) } else { build(&base32(text)?, Parameters::default()) }
}

/// What a URI may say beside the secret.
struct Parameters {
    algorithm: Algorithm,
    digits: u8,
    period: u64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { algorithm: Algorithm::SHA1, digits: *DIGITS.start(), period: PERIODS[0] }
    }
}

fn from_uri(text: &str) -> Result<Totp, ImportFault> {
    let uri = Url::parse(text).map_err(|_| ImportFault::NotAUri)?;
    if uri.scheme() != "otpauth" {
        return Err(ImportFault::NotAUri);
    }
    if uri.host_str().is_none_or(|kind| !kind.eq_ignore_ascii_case("totp")) {
        return Err(ImportFault::NotTimeBased);
    }
    let parameter = |name: &str| {
        let mut values = uri.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value);
        let value = values.next();
        if values.next().is_some() { Err(ImportFault::Repeated) } else { Ok(value) }
    };
    let mut parameters = Parameters::default();
    if let Some(algorithm) = parameter("algorithm")? {
        parameters.algorithm = algorithm.parse().map_err(|_| ImportFault::Algorithm)?;
    }
    if let Some(digits) = parameter("digits")? {
        parameters.digits = number(&digits).filter(|digits| DIGITS.contains(digits)).ok_or(ImportFault::Digits)?;
    }
    if let Some(period) = parameter("period")? {
        let period = number(&period).map(u64::from).filter(|period| PERIODS.contains(period));
        parameters.period = period.ok_or(ImportFault::Period)?;
    }
    let secret = parameter("secret")?.ok_or(ImportFault::NoSecret)?;
    build(&base32(&secret)?, parameters)
}

fn build(secret: &[u8], Parameters { algorithm, digits, period }: Parameters) -> Result<Totp, ImportFault> {
    if secret.len() < *SECRET_BYTES.start() {
        return Err(ImportFault::TooShort);
    }
    Totp::new(algorithm, digits, period, secret).ok_or(ImportFault::TooMuch)
}

/// Decimal digits only: `parse` would accept a sign.
fn number(text: &str) -> Option<u8> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The bits of the text. Bits that fill no byte are ignored, as apps do.
fn base32(text: &str) -> Result<Vec<u8>, ImportFault> {
    let text: String = text
        .trim_end_matches('=')
        .chars()
        .filter(|character| !matches!(character, ' ' | '-'))
        .map(|character| character.to_ascii_uppercase())
        .collect();
    // Other numbers of characters are not an encoding of whole bytes.
    if text.is_empty() || matches!(text.len() % 8, 1 | 3 | 6) {
        return Err(ImportFault::NotBase32);
    }
    let secret = Secret::try_from_base32(text).map_err(|_| ImportFault::NotBase32)?;
    Ok(secret.as_bytes().to_vec())
}

//! Verifying access tokens (RFC 9068 §4).

use super::{AccessTokenConfig, AccessTokens, Claims, LEEWAY, TYP, cache::VerifiedToken, claims::TokenClaims};
use crate::opaque;
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};

/// Maximum length, in bytes, of a token that is parsed. Ours have some 600, plus four thirds of issuer and audience.
pub const MAX_TOKEN_BYTES: usize = 4096;

/// Why a token is refused. Clients do not see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// Above [`MAX_TOKEN_BYTES`]; not parsed.
    #[error("the access token is too long")]
    TooLong,
    /// Not a JWS in compact form (RFC 7515 §7.1), an unknown algorithm, or a header member or claim that is missing,
    /// repeated or of the wrong type.
    #[error("the access token is malformed")]
    Malformed,
    /// Not ES256 (RFC 8725 §3.1).
    #[error("the access token is not signed with ES256")]
    WrongAlgorithm,
    /// Not an access token (RFC 8725 §3.11).
    #[error("the token is not an access token")]
    WrongType,
    /// The header requires an extension (`crit`, RFC 7515 §4.1.11); none is supported.
    #[error("the access token requires an extension that is not supported")]
    UnknownExtension,
    /// The key is not, or no longer, in use.
    #[error("the access token is signed with a key that is not in use")]
    UnknownKey,
    #[error("the access token's signature is wrong")]
    WrongSignature,
    #[error("the access token was issued by another service")]
    WrongIssuer,
    #[error("the access token is for another service")]
    WrongAudience,
    #[error("the access token has expired")]
    Expired,
    #[error("the access token is not valid yet")]
    NotYetValid,
}

/// The checks that jsonwebtoken makes. The times are checked here, against our own clock: cached tokens need it too.
pub(super) fn validation(config: &AccessTokenConfig) -> Validation {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_issuer(&[&config.issuer]);
    validation.set_audience(&[&config.audience]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

impl AccessTokens {
    /// The claims of a token, if it is one of ours and valid now.
    pub fn verify(&self, token: &str) -> Result<Claims, InvalidToken> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(InvalidToken::TooLong);
        }
        let cache = &self.inner.cache;
        let digest = opaque::sha256(token.as_bytes());
        if let Some(VerifiedToken { claims, not_before }) = cache.get(&digest) {
            if !self.keys().contains(&claims.kid) {
                cache.remove(&digest);
                return Err(InvalidToken::UnknownKey);
            }
            self.check_times(claims.exp, not_before)?;
            return Ok(claims);
        }
        let verified = self.decode(token)?;
        let claims = verified.claims.clone();
        self.check_times(claims.exp, verified.not_before)?;
        cache.insert(digest, verified);
        Ok(claims)
    }

    /// Checks everything but the times.
    fn decode(&self, token: &str) -> Result<VerifiedToken, InvalidToken> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| InvalidToken::Malformed)?;
        // The algorithm is fixed, never the header's choice (RFC 8725 §3.1). The members that name or contain a key (`jwk`,
        // `jku`, `x5u`, `x5c`) are ignored: a key comes from our own set.
        if header.alg != Algorithm::ES256 {
            return Err(InvalidToken::WrongAlgorithm);
        }
        if !header.typ.as_deref().is_some_and(is_access_token) {
            return Err(InvalidToken::WrongType);
        }
        if header.crit.is_some() {
            return Err(InvalidToken::UnknownExtension);
        }
        let keys = self.keys();
        let key = header.kid.and_then(|kid| keys.find(&kid)).ok_or(InvalidToken::UnknownKey)?;
        let decoded = jsonwebtoken::decode::<TokenClaims>(token, key.decoding(), &self.inner.validation);
        let TokenClaims { sub, sid, exp, iat, nbf, .. } = decoded.map_err(|error| reason(error.kind()))?.claims;
        Ok(VerifiedToken { claims: Claims { sub, sid, kid: key.shared_kid(), exp }, not_before: iat.max(nbf) })
    }

    fn check_times(&self, exp: u64, not_before: u64) -> Result<(), InvalidToken> {
        let now = self.now();
        if now >= exp.saturating_add(LEEWAY.as_secs()) {
            return Err(InvalidToken::Expired);
        }
        if not_before > now.saturating_add(LEEWAY.as_secs()) {
            return Err(InvalidToken::NotYetValid);
        }
        Ok(())
    }
}

fn reason(error: &ErrorKind) -> InvalidToken {
    match error {
        ErrorKind::InvalidSignature => InvalidToken::WrongSignature,
        ErrorKind::InvalidIssuer => InvalidToken::WrongIssuer,
        ErrorKind::InvalidAudience => InvalidToken::WrongAudience,
        _ => InvalidToken::Malformed,
    }
}

/// Whether `typ` is the type of access tokens: in any case, with or without `application/` (RFC 9068 §4, RFC 7515 §4.1.9).
fn is_access_token(typ: &str) -> bool {
    const APPLICATION: &str = "application/";
    let subtype = match typ.split_at_checked(APPLICATION.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(APPLICATION) => rest,
        _ => typ,
    };
    subtype.eq_ignore_ascii_case(TYP)
}

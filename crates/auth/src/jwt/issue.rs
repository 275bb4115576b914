//! Issuing access tokens.

use super::{AccessTokens, TYP, claims::TokenClaims};
use crate::{CryptoError, jwt::CLIENT_ID};
use jsonwebtoken::{Algorithm, Header};
use std::time::Duration;
use usher_domain::Authentication;
use uuid::Uuid;

/// How many seconds `nbf` is before `iat`, for services whose clock is behind and that have no leeway.
const NBF_BACKDATE_SECONDS: u64 = 5;

impl AccessTokens {
    /// A new access token for a user's session, and its lifetime in seconds (`expires_in` of RFC 6749 §5.1), which is at most
    /// `max_lifetime`. `role` is the user's, if tokens name it.
    pub fn issue(
        &self,
        sub: Uuid,
        sid: Uuid,
        authentication: Authentication,
        role: Option<&str>,
        max_lifetime: Option<Duration>,
    ) -> Result<(String, u64), CryptoError> {
        let (config, keys) = (&self.inner.config, self.keys());
        let ttl = max_lifetime.map_or(config.ttl, |longest| config.ttl.min(longest)).as_secs();
        let now = self.now();
        let header = Header {
            typ: Some(TYP.to_owned()),
            kid: Some(keys.signing_kid().to_owned()),
            ..Header::new(Algorithm::ES256)
        };
        let claims = TokenClaims {
            iss: config.issuer.as_str().into(),
            aud: config.audience.as_str().into(),
            sub,
            sid,
            client_id: CLIENT_ID.into(),
            exp: now.saturating_add(ttl),
            iat: now,
            nbf: now.saturating_sub(NBF_BACKDATE_SECONDS),
            jti: self.inner.clock.new_id().0,
            amr: authentication.methods.names(),
            auth_time: authentication.at.timestamp(),
            roles: role.map(|role| [role]),
        };
        let token = jsonwebtoken::encode(&header, &claims, keys.signing().private()).map_err(|_| CryptoError)?;
        Ok((token, ttl))
    }
}

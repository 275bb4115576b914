//! Access tokens: JWTs signed with ES256, in the profile of RFC 9068.

mod cache;
mod claims;
mod issue;
mod key_set;
mod verify;

#[cfg(test)]
mod tests;

pub use cache::CacheStats;
pub use claims::{CLIENT_ID, Claims};
pub use jsonwebtoken::jwk::JwkSet;
pub use key_set::KeySet;
pub use verify::{InvalidToken, MAX_TOKEN_BYTES};

use cache::VerifiedTokens;
use jsonwebtoken::Validation;
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use usher_domain::Clock;

/// How far clocks may differ when `exp`, `iat` and `nbf` are checked.
pub const LEEWAY: Duration = Duration::from_secs(3);

/// The media type of access tokens (RFC 9068 §2.1), without `application/`.
const TYP: &str = "at+jwt";

/// The issuer, audience and lifetime of access tokens.
#[derive(Debug, Clone)]
pub struct AccessTokenConfig {
    /// `iss`: the service's public URL.
    pub issuer: String,
    /// `aud`: the service that the tokens are for.
    pub audience: String,
    /// Lifetime of a token, in whole seconds.
    pub ttl: Duration,
    /// Whether a token names the role of its user at the time of issue.
    pub role_claim: bool,
}

/// Issues and verifies access tokens. Clones share keys and cache.
///
/// A verified token is cached by its digest until it expires, because verifying the signature is by far the most expensive
/// part. Times and the presence of the key are checked each time. Refusals are not cached.
#[derive(Clone)]
pub struct AccessTokens {
    inner: Arc<Inner>,
}

struct Inner {
    config: AccessTokenConfig,
    clock: Clock,
    keys: RwLock<Arc<KeySet>>,
    /// What jsonwebtoken checks: the algorithm, the issuer and the audience.
    validation: Validation,
    cache: VerifiedTokens,
}

impl AccessTokens {
    pub fn new(config: AccessTokenConfig, keys: KeySet, clock: Clock) -> Self {
        let validation = verify::validation(&config);
        let cache = VerifiedTokens::new(config.ttl + LEEWAY);
        Self { inner: Arc::new(Inner { config, clock, keys: RwLock::new(Arc::new(keys)), validation, cache }) }
    }

    /// The public keys, with which other services verify our tokens (RFC 7517).
    pub fn jwks(&self) -> JwkSet {
        self.keys().jwks()
    }

    /// How often the cache of verified tokens was used.
    pub fn cache_stats(&self) -> CacheStats {
        self.inner.cache.stats()
    }

    /// The audience of the tokens.
    pub fn audience(&self) -> &str {
        &self.inner.config.audience
    }

    /// Whether tokens name the role of their user.
    pub fn have_role_claim(&self) -> bool {
        self.inner.config.role_claim
    }

    /// The keys in use.
    pub fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.inner.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the keys. Once this function returns, no token of a key that `keys` lacks is valid, cached or not.
    pub fn replace_keys(&self, keys: KeySet) {
        *self.inner.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// Now, in seconds since 1970.
    fn now(&self) -> u64 {
        u64::try_from(self.inner.clock.now().timestamp()).unwrap_or(0)
    }
}

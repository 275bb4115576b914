//! The cache of verified tokens.

use super::Claims;
use moka::sync::Cache;
use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// How many verified tokens are cached: some 45 MB when full, 2 MB when empty.
const CAPACITY: u64 = 100_000;

/// How often the cache was used, since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheStats {
    /// Tokens that were cached.
    pub hits: u64,
    /// Tokens whose signature had to be verified.
    pub misses: u64,
}

/// A token whose signature, issuer and audience are verified. Its times are checked at each use.
#[derive(Clone)]
pub(super) struct VerifiedToken {
    pub claims: Claims,
    /// `nbf`, or `iat` if that is later.
    pub not_before: u64,
}

/// Verified tokens, by their SHA-256 digest.
pub(super) struct VerifiedTokens {
    tokens: Cache<[u8; 32], VerifiedToken>,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl VerifiedTokens {
    pub fn new(time_to_live: Duration) -> Self {
        let tokens = Cache::builder().max_capacity(CAPACITY).time_to_live(time_to_live).build();
        Self { tokens, hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    pub fn get(&self, digest: &[u8; 32]) -> Option<VerifiedToken> {
        let token = self.tokens.get(digest);
        let counter = if token.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Relaxed);
        token
    }

    pub fn insert(&self, digest: [u8; 32], token: VerifiedToken) {
        self.tokens.insert(digest, token);
    }

    pub fn remove(&self, digest: &[u8; 32]) {
        self.tokens.invalidate(digest);
    }

    pub fn stats(&self) -> CacheStats {
        CacheStats { hits: self.hits.load(Relaxed), misses: self.misses.load(Relaxed) }
    }

    #[cfg(test)]
    pub fn len(&self) -> u64 {
        self.tokens.run_pending_tasks();
        self.tokens.entry_count()
    }
}

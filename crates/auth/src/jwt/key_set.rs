//! The signing keys in use.

use crate::{PublicKey, SigningKey};
use jsonwebtoken::jwk::JwkSet;
use std::{collections::HashMap, iter, sync::Arc};

/// The keys in use: one signs, all verify.
#[derive(Debug, Clone)]
pub struct KeySet {
    signing: SigningKey,
    /// In the order of the JWKS, the signing key first.
    published: Vec<PublicKey>,
    by_kid: HashMap<Arc<str>, PublicKey>,
}

impl KeySet {
    /// `signing` signs from now on; `others` only verify: the key that is published to sign next, and keys whose tokens
    /// have not expired. A key that is in neither is revoked.
    pub fn new(signing: SigningKey, others: impl IntoIterator<Item = PublicKey>) -> Self {
        let mut set = Self { by_kid: HashMap::new(), published: Vec::new(), signing };
        let first = set.signing.public().clone();
        for key in iter::once(first).chain(others) {
            if set.by_kid.insert(key.shared_kid(), key.clone()).is_none() {
                set.published.push(key);
            }
        }
        set
    }

    /// Whether the set contains the key with this id.
    pub fn contains(&self, kid: &str) -> bool {
        self.by_kid.contains_key(kid)
    }

    /// The id of the key that signs.
    pub fn signing_kid(&self) -> &str {
        self.signing.kid()
    }

    pub(super) fn signing(&self) -> &SigningKey {
        &self.signing
    }

    pub(super) fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.by_kid.get(kid)
    }

    pub(super) fn jwks(&self) -> JwkSet {
        JwkSet { keys: self.published.iter().map(|key| key.jwk().clone()).collect() }
    }
}

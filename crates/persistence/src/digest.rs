//! Digests of secrets: the database holds these and never the secret.

/// A SHA-256 digest, keyed or not.
pub type Digest = [u8; 32];

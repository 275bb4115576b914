//! The salted digests of LDAP servers: a label, and base64 of the digest and the salt.

use super::{StoredHash, encoding::base64, is_equal, limits::unknown, pbkdf2, rejected};
use aws_lc_rs::digest::{self, Algorithm};
use usher_domain::Fault;

/// The label of each algorithm.
const LABELS: [(&str, &Algorithm); 4] = [
    ("ssha", &digest::SHA1_FOR_LEGACY_USE_ONLY),
    ("ssha256", &digest::SHA256),
    ("ssha384", &digest::SHA384),
    ("ssha512", &digest::SHA512),
];

pub(crate) struct SaltedDigest {
    algorithm: &'static Algorithm,
    salt: Vec<u8>,
    expected: Vec<u8>,
}

/// `{SSHA}` and its successors, and `{PBKDF2-SHA256}`.
pub(super) fn labelled(text: &str) -> Result<StoredHash, Fault> {
    if let Some(hash) = pbkdf2::ldap(text) {
        return hash;
    }
    let parts = text.strip_prefix('{').and_then(|text| text.split_once('}'));
    let known = parts.and_then(|(label, encoded)| {
        let (_, algorithm) = LABELS.iter().find(|(name, _)| name.eq_ignore_ascii_case(label))?;
        Some((*algorithm, encoded))
    });
    let (algorithm, encoded) = known.ok_or_else(|| rejected::name(text))?;
    let mut expected = base64(encoded).ok_or_else(|| unknown("is a salted digest of LDAP that is not base64"))?;
    if expected.len() <= algorithm.output_len() {
        return Err(unknown("is a digest of LDAP that has no salt"));
    }
    let salt = expected.split_off(algorithm.output_len());
    Ok(StoredHash::SaltedDigest(SaltedDigest { algorithm, salt, expected }))
}

impl SaltedDigest {
    pub(super) fn matches(&self, password: &str) -> bool {
        let mut context = digest::Context::new(self.algorithm);
        context.update(password.as_bytes());
        context.update(&self.salt);
        is_equal(context.finish().as_ref(), &self.expected)
    }
}

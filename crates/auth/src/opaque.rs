//! Opaque tokens: refresh tokens and mailed tokens.
//!
//! A token is 256 random bits in base64url (43 characters). It is handed out once and stored only as a SHA-256 digest: the
//! token is as random as a key, so a slow hash would add nothing, and the digest can be looked up.

use crate::{CryptoError, SecretKey};
use aws_lc_rs::{constant_time, digest, hmac, rand};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};

/// Characters of a token: 32 bytes in base64url without padding.
pub const TOKEN_LENGTH: usize = 43;

/// A new token, from the system's random number generator.
pub fn generate() -> Result<String, CryptoError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| CryptoError)?;
    Ok(BASE64URL.encode(bytes))
}

/// The stored form of a token: its SHA-256. `None` if the text cannot be a token by its length or characters, which saves the
/// caller a lookup.
pub fn digest(token: &str) -> Option<[u8; 32]> {
    if token.len() != TOKEN_LENGTH || !token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return None;
    }
    Some(sha256(token.as_bytes()))
}

/// Whether `token` has the digest `stored`, compared in constant time.
pub fn matches(token: &str, stored: &[u8]) -> bool {
    digest(token).is_some_and(|digest| constant_time::verify_slices_are_equal(&digest, stored).is_ok())
}

/// The refresh token that follows `spent` (rotation of RFC 9700 §4.14.2): its HMAC-SHA-256 under a key derived from the
/// server's secret.
///
/// A repeated request gets the same successor, so a lost response or two tabs at once do not sign the user out, and the
/// successor need not be stored. Only a holder of the server's secret can compute it.
pub fn successor(secret: &SecretKey, spent: &str) -> String {
    BASE64URL.encode(hmac::sign(secret.successors(), spent.as_bytes()))
}

/// A pseudonym for a name, an address or an id that must not be stored: the HMAC-SHA-256 of its kind and value under a key
/// derived from the server's secret. Without the secret it cannot be reversed, not even by trying all values.
pub fn pseudonym(secret: &SecretKey, kind: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(secret.pseudonyms());
    for part in [kind.as_bytes()].iter().chain(parts) {
        // The lengths make the encoding of each list of parts unique.
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    array(context.sign().as_ref())
}

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    array(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn array(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secret(text: &str) -> SecretKey {
        SecretKey::new(text).unwrap()
    }

    #[test]
    fn a_token_is_new_each_time_and_matches_its_digest() {
        let (one, two) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), TOKEN_LENGTH);
        assert!(matches(&one, &digest(&one).unwrap()));
        assert!(!matches(&two, &digest(&one).unwrap()));
    }

    #[test]
    fn a_repeated_refresh_gets_the_same_successor_and_another_secret_another_one() {
        let (ours, theirs) = (secret(&"a".repeat(32)), secret(&"b".repeat(32)));
        let spent = generate().unwrap();
        let next = successor(&ours, &spent);
        assert_eq!(next, successor(&ours, &spent));
        assert_ne!(next, successor(&theirs, &spent));
        assert_ne!(next, spent);
        assert!(digest(&next).is_some(), "a successor is a token");
        assert_ne!(successor(&ours, &next), next);
    }

    #[test]
    fn pseudonyms_differ_by_secret_kind_and_parts() {
        let (ours, theirs) = (secret(&"a".repeat(32)), secret(&"b".repeat(32)));
        let one = pseudonym(&ours, "kind", &[b"ab", b"c"]);
        assert_eq!(one, pseudonym(&ours, "kind", &[b"ab", b"c"]));
        for other in [
            pseudonym(&theirs, "kind", &[b"ab", b"c"]),
            pseudonym(&ours, "kinda", &[b"b", b"c"]),
            pseudonym(&ours, "kind", &[b"a", b"bc"]),
            pseudonym(&ours, "kind", &[b"abc"]),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_text_that_cannot_be_a_token_has_no_digest() {
        let token = generate().unwrap();
        for text in ["", "short", &format!("{token}a"), &token.repeat(1000), &format!("{}=", &token[..42])] {
            assert_eq!(digest(text), None);
            assert!(!matches(text, &[]));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_digest_panic(text in "\\PC*", stored in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = digest(&text);
            let _ = matches(&text, &stored);
        }
    }
}

//! Password hashes of other systems.

use crate::passwords::imported_hashes::{FirebaseParameters, StoredHash, firebase, keycloak, read};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Maximum time that an accepted hash may take.
const MAX_ESTIMATE: Duration = Duration::from_secs(10);
/// The time of a hash that is cheap enough to be verified for each input.
const CHEAP: Duration = Duration::from_millis(2);
/// Maximum time to verify a cheap hash, on a busy machine.
const MAX_VERIFY_TIME: Duration = Duration::from_secs(5);

const FAULTS: [&str; 3] = ["unknown_hash_format", "hash_too_costly", "unusable_password"];

/// An accepted hash is within the limits, and is read again from what is stored. A cheap one is also verified, which must not
/// fail. The first line is the hash, the second the password.
pub fn imported_hashes(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (hash, password) = text.split_once('\n').unwrap_or((text, "correct horse"));
    let began = Instant::now();
    match read(hash) {
        Ok(stored) => is_acceptable(&stored, password),
        Err(fault) => assert!(FAULTS.contains(&fault.code), "{fault:?}"),
    }
    assert!(began.elapsed() < MAX_VERIFY_TIME, "{hash:?} took {:?}", began.elapsed());
}

/// The parts of a hash that other systems keep apart are put together to one that is accepted, or are refused.
///
/// The first line is `credentialData` of Keycloak, the second `secretData`. They are also the signer key and the salt separator
/// of Firebase; the third line is a hash, the fourth its salt.
pub fn hash_parts(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let [first, second, third, fourth] = std::array::from_fn(|_| lines.next().unwrap_or_default());
    let began = Instant::now();
    let json = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    if let Ok(stored) = keycloak(&json(first), &json(second)) {
        is_acceptable(&stored, "correct horse");
    }
    if let Ok(project) = FirebaseParameters::new(first, second, 8, 4)
        && let Ok(stored) = firebase(&project, third, fourth)
    {
        is_acceptable(&stored, "correct horse");
    }
    assert!(began.elapsed() < MAX_VERIFY_TIME, "{text:?} took {:?}", began.elapsed());
}

fn is_acceptable(stored: &str, password: &str) {
    assert!(stored.bytes().all(|byte| byte.is_ascii_graphic()), "{stored:?}");
    assert_eq!(read(stored).as_deref(), Ok(stored));
    let Ok(hash) = StoredHash::parse(stored) else { panic!("{stored:?} was accepted") };
    let estimate = hash.estimated_time();
    assert!(estimate <= MAX_ESTIMATE, "{stored:?} takes {estimate:?}");
    if estimate <= CHEAP {
        assert_eq!(hash.matches(password), hash.matches(password), "{stored:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_fuzz_corpus::replay;

    #[test]
    fn the_properties_hold_for_the_corpus() {
        replay("imported_hashes", imported_hashes);
        replay("hash_parts", hash_parts);
    }
}

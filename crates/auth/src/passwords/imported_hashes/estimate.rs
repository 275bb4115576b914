//! How long a hash takes, for the properties that the fuzzer checks.

use super::StoredHash;
use std::time::Duration;

impl StoredHash {
    /// On one core of a slow machine.
    pub(crate) fn estimated_time(&self) -> Duration {
        let scrypt_blocks = |n: u64, r: u32, p: u32| n * u64::from(r) * u64::from(p) / 4;
        let microseconds = match self {
            Self::Bcrypt(hash) => 65 << hash.cost,
            Self::Argon2(hash) => u64::from(hash.params.m_cost()) * u64::from(hash.params.t_cost()),
            Self::Pbkdf2(hash) => u64::from(hash.iterations.get()) * hash.expected.len().div_ceil(20) as u64,
            Self::Scrypt(hash) => scrypt_blocks(1 << hash.params.log_n(), hash.params.r(), hash.params.p()),
            Self::Firebase(hash) => scrypt_blocks(1 << hash.params.log_n(), hash.params.r(), hash.params.p()),
            Self::Yescrypt(hash) => scrypt_blocks(hash.params.n(), hash.params.r(), hash.params.p()),
            Self::ShaCrypt(hash) => rounds(&hash.text) * 4,
            Self::Phpass(hash) => 1 << hash.cost,
            Self::SaltedDigest(_) => 1,
        };
        Duration::from_micros(microseconds)
    }
}

/// The rounds of a hash of crypt(3), 5,000 if it does not name them.
fn rounds(text: &str) -> u64 {
    let named = text.split("rounds=").nth(1).and_then(|rest| rest.split('$').next());
    named.map_or(5000, |rounds| rounds.parse().unwrap_or(u64::MAX / 4))
}

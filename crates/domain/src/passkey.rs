//! Passkeys, as far as the whole service knows them.

use crate::{Fault, Rule, Text};
use chrono::TimeDelta;

/// How long a ceremony can be finished after it has begun.
pub const CEREMONY_LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// Maximum number of ceremonies of a user's sessions at once: another one takes the place of the oldest.
pub const MAX_CEREMONIES: i64 = 10;
/// Maximum number of characters of the token of a ceremony. A sealed one names up to 20 passkeys, with ids of up to 1,023 bytes.
pub const MAX_CEREMONY_LENGTH: usize = 38 * 1024;
/// Maximum number of characters of a credential as text. It can be sent together with the longest token.
pub const MAX_CREDENTIAL_LENGTH: usize = 16 * 1024;

/// The token that finishes a ceremony.
#[derive(Clone, PartialEq, Eq)]
pub struct CeremonyToken(String);

impl CeremonyToken {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for CeremonyToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CeremonyToken(…)")
    }
}

impl Text for CeremonyToken {
    const RULE: Rule = Rule::free(1, MAX_CEREMONY_LENGTH, "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu");

    fn parse(raw: &str) -> Result<Self, Fault> {
        Ok(Self(raw.to_owned()))
    }
}

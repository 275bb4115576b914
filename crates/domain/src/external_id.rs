//! External ids: what a user is called in another system.

use crate::{Fault, Rule, Text, text::printable};

/// The id that another system has for a user, in that system's form: a number, a text, anything printable. Two users never
/// have the same one. It is compared exactly, case included.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalId(String);

impl ExternalId {
    /// An id as the database has it.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Text for ExternalId {
    const RULE: Rule = Rule::free(1, 255, "auth0|5f7c8ec7c33c6c004bbafe82");

    fn trimmed(raw: &str) -> &str {
        raw.trim()
    }

    fn parse(raw: &str) -> Result<Self, Fault> {
        printable(raw).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked;

    #[test]
    fn an_external_id_is_any_printable_text_without_the_white_space_around_it() {
        for (raw, id) in [("42", "42"), (" 42\u{a0}\n", "42"), ("-NqV", "-NqV"), ("a b", "a b"), ("Ω", "Ω")] {
            assert_eq!(checked::<ExternalId>(raw).unwrap().as_str(), id, "{raw:?}");
        }
        let longest = "ü".repeat(255);
        assert_eq!(checked::<ExternalId>(&longest).unwrap().as_str(), longest);
    }

    #[test]
    fn an_empty_long_or_unprintable_text_is_no_external_id() {
        for (raw, code) in [
            ("", "too_short"),
            (" \t", "too_short"),
            ("a\u{7}b", "control_character"),
            ("a\0b", "control_character"),
            (&"x".repeat(256), "too_long"),
        ] {
            assert_eq!(checked::<ExternalId>(raw).unwrap_err().code, code, "{raw:?}");
        }
    }
}

//! EmailAddresss.
use crate::{Fault, Rule, Text};
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress(String);
impl EmailAddress {
    pub fn as_str(&self) -> &str {
        &self.0
    }
    pub fn stored(text: String) -> Self {
        Self(text)
    }
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}
impl Text for EmailAddress {
    const RULE: Rule = Rule::free(3, 254, "ada@example.com");
    fn parse(raw: &str) -> Result<Self, Fault> {
        Ok(Self(raw.to_owned()))
    }
}

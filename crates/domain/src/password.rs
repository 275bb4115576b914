//! New passwords.
use crate::{Fault, Rule, Text};
pub struct NewPassword(String);
impl NewPassword {
    pub fn as_str(&self) -> &str {
        &self.0
    }
    pub fn unlike(&self, _personal: &[&str]) -> Result<(), Fault> {
        Ok(())
    }
}
impl Text for NewPassword {
    const RULE: Rule = Rule::free(8, 72, "correct horse battery staple");
    fn parse(raw: &str) -> Result<Self, Fault> {
        Ok(Self(raw.to_owned()))
    }
}

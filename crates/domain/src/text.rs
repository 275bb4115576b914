//! The rules of text fields. [`checked`] applies them; schemas and forms show them.
//!
//! The checks are those of the crate `validator`, called from constructors: a value of a field's type has passed them.

use std::borrow::Cow;
use validator::ValidateLength;

/// The part of a field's rules that a schema can express.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The name of the type's schema, if it has its own.
    pub name: Option<&'static str>,
    /// Minimum number of characters (Unicode scalar values).
    pub min: usize,
    /// Maximum number of characters (Unicode scalar values).
    pub max: usize,
    /// An ECMA-262 pattern that means the same with no flag, with `u` and with `v`. It is for clients and accepts more than
    /// the type.
    pub pattern: Option<&'static str>,
    /// A JSON Schema format, such as `email` or `password`.
    pub format: Option<&'static str>,
    /// The only allowed texts; empty if any text is allowed.
    pub options: &'static [&'static str],
    /// A valid text.
    pub example: &'static str,
}

impl Rule {
    /// Any text of `min` to `max` characters.
    pub const fn free(min: usize, max: usize, example: &'static str) -> Self {
        Self { name: None, min, max, pattern: None, format: None, options: &[], example }
    }

    /// One of `options`; the first is the example.
    pub const fn one_of(options: &'static [&'static str]) -> Self {
        Self { name: None, min: 1, max: 64, pattern: None, format: None, options, example: options[0] }
    }

    /// Checks options and length, without the pattern.
    fn check(&self, text: &str) -> Result<(), Fault> {
        if !self.options.is_empty() && !self.options.contains(&text) {
            return Err(Fault::unknown_option(self.options));
        }
        check_length(text, self.min, self.max)
    }
}

/// Checks the number of characters.
pub(crate) fn check_length(text: &str, min: usize, max: usize) -> Result<(), Fault> {
    if !text.validate_length(Some(min as u64), None, None) {
        return Err(Fault::new("too_short", format!("must have at least {}", counted(min, "character"))));
    }
    if !text.validate_length(None, Some(max as u64), None) {
        return Err(Fault::new("too_long", format!("must have at most {max} characters")));
    }
    Ok(())
}

/// A number of things, such as `1 character` or `8 characters`.
pub fn counted(number: usize, singular: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {singular}{plural}")
}

/// Why a text is invalid: a stable code for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub code: &'static str,
    pub detail: Cow<'static, str>,
}

impl Fault {
    pub fn new(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// The text is not one of the allowed ones.
    pub fn unknown_option(options: &[&str]) -> Self {
        Self::new("unknown_option", format!("must be one of: {}", options.join(", ")))
    }
}

/// The text, which has no control characters: they would change how it is shown.
///
/// # Errors
/// A fault with the code `control_character`.
pub(crate) fn printable(raw: &str) -> Result<String, Fault> {
    if raw.chars().any(char::is_control) {
        return Err(Fault::new("control_character", "must not have control characters"));
    }
    Ok(raw.to_owned())
}

/// A type whose values are valid texts.
pub trait Text: Sized {
    const RULE: Rule;

    /// The part of the input that is the text: all of it, unless the type ignores what surrounds it.
    fn trimmed(raw: &str) -> &str {
        raw
    }

    /// Checks what the rule cannot express (confusable characters, bytes instead of characters…). Called on text with an
    /// allowed length, and one of the options if there are any.
    fn parse(raw: &str) -> Result<Self, Fault>;
}

/// A set of texts that are among the options of their rule: the value of a field with several values.
pub trait TextSet: FromIterator<Self::Item> {
    type Item: Text + Copy + PartialEq;
    /// Minimum number of values.
    const MIN: usize;

    /// The names of the values that others in the set require, each once.
    fn missing(&self) -> Vec<&'static str>;
}

/// Parses `raw`: the type's rule first, which is cheap, then the type's own checks. Stops at the first fault.
pub fn checked<T: Text>(raw: &str) -> Result<T, Fault> {
    let text = T::trimmed(raw);
    T::RULE.check(text)?;
    T::parse(text)
}

/// A secret that is only compared, such as a password to verify: only its length is checked.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText<const MAX: usize>(String);

impl<const MAX: usize> SecretText<MAX> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> std::fmt::Debug for SecretText<MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(…)")
    }
}

impl<const MAX: usize> Text for SecretText<MAX> {
    const RULE: Rule = Rule { format: Some("password"), ..Rule::free(1, MAX, "correct horse battery staple") };

    fn parse(raw: &str) -> Result<Self, Fault> {
        Ok(Self(raw.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_characters_not_bytes() {
        assert!(checked::<SecretText<3>>("äöü").is_ok());
        assert_eq!(checked::<SecretText<3>>("äöüß").unwrap_err().code, "too_long");
        assert_eq!(
            checked::<SecretText<3>>("").unwrap_err(),
            Fault::new("too_short", "must have at least 1 character")
        );
        assert_eq!(check_length("", 3, 32), Err(Fault::new("too_short", "must have at least 3 characters")));
    }
}

//! What a text that a stranger sends must look like: said once here, checked by [`checked`], and drawn by whoever
//! describes the text to others (a schema, a form).

use std::borrow::Cow;

/// What can be said of a text without looking at more than its characters.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The name of the type where others describe it, if it has one of its own there.
    pub name: Option<&'static str>,
    /// Fewest characters (Unicode scalar values).
    pub min: usize,
    /// Most characters (Unicode scalar values).
    pub max: usize,
    /// An ECMA-262 pattern that means the same with no flag, with `u` and with `v`.
    pub pattern: Option<&'static str>,
    /// A JSON Schema format, such as `email` or `password`.
    pub format: Option<&'static str>,
    /// The only texts allowed; empty where the choice is free.
    pub options: &'static [&'static str],
    /// A text that keeps the rule.
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
}

/// What is wrong with a text: a stable code for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub code: &'static str,
    pub detail: Cow<'static, str>,
}

impl Fault {
    pub fn new(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// A type whose values are texts that keep a rule.
pub trait Text: Sized {
    const RULE: Rule;

    /// The part of what was sent that is the text: all of it, unless what stands around it is no part of it.
    fn trimmed(raw: &str) -> &str {
        raw
    }

    /// What the rule cannot say (confusable characters, bytes instead of characters…). Called on text that keeps the
    /// rule's lengths and options.
    fn parse(raw: &str) -> Result<Self, Fault>;
}

/// Reads `raw` by the type's rule, then by the type's own judgement.
pub fn checked<T: Text>(raw: &str) -> Result<T, Fault> {
    let (rule, raw) = (T::RULE, T::trimmed(raw));
    if !rule.options.is_empty() && !rule.options.contains(&raw) {
        return Err(Fault::new("unknown_option", format!("must be one of: {}", rule.options.join(", "))));
    }
    let length = raw.chars().take(rule.max + 1).count();
    if length < rule.min {
        return Err(Fault::new("too_short", format!("must have at least {} characters", rule.min)));
    }
    if length > rule.max {
        return Err(Fault::new("too_long", format!("must have at most {} characters", rule.max)));
    }
    T::parse(raw)
}

/// A text that is only compared or looked up, such as a password to verify: nothing but its length is judged.
#[derive(Clone, PartialEq, Eq)]
pub struct Opaque<const MAX: usize>(String);

impl<const MAX: usize> Opaque<MAX> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> std::fmt::Debug for Opaque<MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opaque(…)")
    }
}

impl<const MAX: usize> Text for Opaque<MAX> {
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
        assert!(checked::<Opaque<3>>("äöü").is_ok());
        assert_eq!(checked::<Opaque<3>>("äöüß").unwrap_err().code, "too_long");
        assert_eq!(checked::<Opaque<3>>("").unwrap_err().code, "too_short");
    }
}

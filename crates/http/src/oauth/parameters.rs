//! The parameters of a form (RFC 6749 §3.2): unknown ones are ignored, empty ones count as absent, repeated ones are an
//! error.

use crate::{problem::Problem, request::encoding};

/// The parameters that an endpoint knows, taken one by one.
pub struct FormParameters {
    sent: Vec<(&'static str, String)>,
}

impl FormParameters {
    pub fn parse(bytes: &[u8], known: &[&'static str]) -> Result<Self, Problem> {
        if let Some(fault) = encoding::fault(bytes) {
            return Err(invalid_request(fault));
        }
        let mut sent: Vec<(&'static str, String)> = Vec::new();
        for pair in encoding::pairs(bytes) {
            let Some(name) = known.iter().find(|known| **known == pair.name) else { continue };
            if pair.value.is_empty() {
                continue;
            }
            if !pair.is_utf8 {
                return Err(invalid_request(format!("`{name}` is not percent-encoded UTF-8.")));
            }
            if sent.iter().any(|(earlier, _)| earlier == name) {
                return Err(invalid_request(format!("`{name}` is duplicated.")));
            }
            sent.push((name, pair.value));
        }
        Ok(Self { sent })
    }

    pub fn optional(&mut self, name: &str) -> Option<String> {
        let at = self.sent.iter().position(|(sent, _)| *sent == name)?;
        Some(self.sent.swap_remove(at).1)
    }

    pub fn required(&mut self, name: &str) -> Result<String, Problem> {
        self.optional(name).ok_or_else(|| invalid_request(format!("`{name}` is missing.")))
    }
}

/// The error of a request that lacks a parameter, repeats one or cannot be decoded (RFC 6749 §5.2).
pub fn invalid_request(description: String) -> Problem {
    Problem::OAuth { error: "invalid_request", description: description.into() }
}

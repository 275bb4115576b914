//! The trace that a request is part of (W3C Trace Context 1, §3.2). This service calls no other over HTTP, so the trace ends
//! here: its id is told in the log, where it joins ours to those of whoever called.

use actix_web::http::header::HeaderMap;
use std::fmt;

/// The id of a trace: 16 bytes, not all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(u128);

impl TraceId {
    /// The trace that the header fields name; `None` where there is none, or none that can be understood.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all("traceparent");
        match (values.next(), values.next()) {
            (Some(value), None) => Self::parse(value.to_str().ok()?),
            _ => None,
        }
    }

    /// `version-trace-parent-flags`, in lower-case hex. What a later version has behind that is passed over.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '-');
        let version = hex(parts.next()?, 2)?;
        let trace = hex(parts.next()?, 32)?;
        let parent = hex(parts.next()?, 16)?;
        hex(parts.next()?, 2)?;
        let known_length = version != 0 || parts.next().is_none();
        (version != 0xff && trace != 0 && parent != 0 && known_length).then_some(Self(trace))
    }
}

/// A number of exactly so many lower-case hex digits.
fn hex(digits: &str, count: usize) -> Option<u128> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digits.len() == count && digits.bytes().all(is_hex)).then(|| u128::from_str_radix(digits, 16).ok())?
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_standard_calls_valid_is_taken() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        let parent = "b7ad6b7169203331";
        for good in [
            format!("00-{id}-{parent}-01"),
            format!("00-{id}-{parent}-00"),
            format!("cc-{id}-{parent}-01"),
            format!("cc-{id}-{parent}-01-what-comes-later"),
        ] {
            assert_eq!(TraceId::parse(&good).map(|id| id.to_string()).as_deref(), Some(id), "{good}");
        }
        for bad in [
            String::new(),
            id.to_owned(),
            format!("00-{id}-{parent}"),
            format!("00-{id}-{parent}-01-"),
            format!("00-{id}-{parent}-01-more"),
            format!("ff-{id}-{parent}-01"),
            format!("00-{}-{parent}-01", id.to_uppercase()),
            format!("00-{}-{parent}-01", "0".repeat(32)),
            format!("00-{id}-{}-01", "0".repeat(16)),
            format!("00-{}-{parent}-01", &id[1..]),
            format!("00-+{}-{parent}-01", &id[1..]),
            format!("0-{id}-{parent}-01"),
            format!("00-{id}-{parent}-1"),
            format!(" 00-{id}-{parent}-01"),
        ] {
            assert_eq!(TraceId::parse(&bad), None, "{bad:?}");
        }
    }
}

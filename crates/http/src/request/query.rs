//! Query strings: every fault at once, and unknown parameters are refused.

use crate::{
    operation::parameter::{Parameter, QueryValue},
    request::{encoding, faults::Faults},
};
use chrono::{DateTime, FixedOffset};
use std::{borrow::Cow, collections::HashSet};

/// The query parameters of an operation.
pub trait Query: Sized + 'static {
    /// Whether it accepts any query.
    #[cfg(any(test, fuzzing))]
    const TAKES_EVERYTHING: bool = false;

    /// The parameters, as the document describes them.
    fn parameters() -> Vec<Parameter> {
        Vec::new()
    }

    fn read(parameters: &mut Parameters) -> Option<Self>;

    /// The link to the requested page, if it is a page of a list.
    #[cfg(any(test, fuzzing))]
    fn own_href(&self) -> Option<String> {
        None
    }
}

impl Query for () {
    fn read(_: &mut Parameters) -> Option<Self> {
        Some(())
    }
}

/// A query that is ignored. OAuth endpoints ignore unknown parameters, and read none from the URL (RFC 6749 §3.2); monitors
/// and caches add their own to health checks and documents.
#[derive(Debug)]
pub struct Ignored;

impl Query for Ignored {
    #[cfg(any(test, fuzzing))]
    const TAKES_EVERYTHING: bool = true;

    fn read(parameters: &mut Parameters) -> Option<Self> {
        *parameters = Parameters::default();
        Some(Self)
    }
}

/// The parameters of a query string. They are taken one by one, and faults are collected.
#[derive(Default)]
pub struct Parameters {
    left: Vec<(String, String)>,
    faults: Faults,
    /// Faults of parameters that cannot be decoded or are duplicates. They come after the others, which matter more.
    unreadable: Faults,
}

impl Parameters {
    pub fn parse(query: &str) -> Self {
        let mut parameters = Self::default();
        let mut seen = HashSet::new();
        for pair in encoding::pairs(query.as_bytes()) {
            if !seen.insert(pair.name.clone()) {
                parameters.unreadable.add(&pair.name, "duplicate", "is duplicated");
            } else if pair.is_utf8 {
                parameters.left.push((pair.name, pair.value));
            } else {
                parameters.unreadable.add(&pair.name, "bad_encoding", "must be UTF-8, percent-encoded");
            }
        }
        parameters
    }

    /// The parameter's value, if it was sent.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.left.iter().position(|(known, _)| known == name)?;
        Some(self.left.remove(at).1)
    }

    pub fn fault(&mut self, name: &str, code: &'static str, detail: impl Into<Cow<'static, str>>) {
        self.faults.add(name, code, detail);
    }

    /// The parameter, parsed by `read`; `None` if it was not sent or is invalid.
    pub fn read<T>(
        &mut self,
        name: &str,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.take(name)?;
        let value = read(&value);
        if value.is_none() {
            self.fault(name, code, detail);
        }
        value
    }

    /// The parameter as a value of its type.
    pub fn value<T: QueryValue>(&mut self, name: &str) -> Option<T> {
        self.read(name, T::FAULT, T::detail(), T::read)
    }

    /// All faults, including unknown parameters.
    pub fn finish(self) -> Faults {
        let Self { left, mut faults, unreadable } = self;
        faults.extend(unreadable);
        for (name, _) in &left {
            faults.add(name, "unknown", "is not a parameter of this request");
        }
        faults
    }
}

/// A time (RFC 3339). A `+` that was not percent-encoded has become a space. Before the offset from UTC, where no time has a
/// space, it is read as `+`.
pub fn time(text: &str) -> Option<DateTime<FixedOffset>> {
    let plus = text.len().checked_sub("+00:00".len()).filter(|at| text.as_bytes()[*at] == b' ');
    let text = match plus {
        Some(at) => Cow::Owned(format!("{}+{}", &text[..at], &text[at + 1..])),
        None => Cow::Borrowed(text),
    };
    DateTime::parse_from_rfc3339(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_before_the_offset_of_a_time_is_read_as_plus() {
        let wanted = DateTime::parse_from_rfc3339("2026-03-04T09:15:00+02:00").ok();
        assert!(wanted.is_some());
        for text in ["2026-03-04T09:15:00+02:00", "2026-03-04T09:15:00 02:00", "2026-03-04t09:15:00 02:00"] {
            assert_eq!(time(text), wanted, "{text}");
        }
        assert!(time("2026-03-04T09:15:00.123 00:00").is_some());
        for bad in
            ["2026-03-04 09:15", "2026-03-04T09:15:00  02:00", "2026-03-04T09:15:00 0200", " 02:00", " 9:15", "é2:00"]
        {
            assert_eq!(time(bad), None, "{bad}");
        }
    }
}

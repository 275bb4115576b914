//! The faults in the input of a request: all at once, up to a fixed limit.

use serde::Serialize;
use std::borrow::Cow;
use usher_domain::Fault;
use utoipa::ToSchema;

/// Maximum number of faults that a problem lists; the rest are counted.
pub const MAX_LISTED: usize = 32;
/// Maximum number of characters of a name in a pointer.
const MAX_NAME_CHARS: usize = 128;

/// A fault in one part of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = InputFault)]
pub struct InputFault {
    /// A JSON Pointer (RFC 6901) into the body, or `/` followed by the name of a path or query parameter. Names longer
    /// than 128 characters are cut and end with `…`.
    #[schema(example = "/email")]
    pub pointer: String,
    /// A stable, machine-readable code.
    #[schema(example = "invalid_email")]
    pub code: Cow<'static, str>,
    /// A human-readable explanation.
    #[schema(example = "must be an e-mail address")]
    pub detail: Cow<'static, str>,
}

impl InputFault {
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail: detail.into() }
    }

    pub fn of(name: &str, fault: Fault) -> Self {
        Self { pointer: pointer(name), code: fault.code.into(), detail: fault.detail }
    }
}

/// The JSON Pointer of a member of the top-level object.
pub fn pointer(name: &str) -> String {
    format!("/{}", shortened(name).replace('~', "~0").replace('/', "~1"))
}

/// The name, or the start of one that is too long to be repeated.
pub fn shortened(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(MAX_NAME_CHARS) {
        Some((end, _)) => format!("{}…", &name[..end]).into(),
        None => name.into(),
    }
}

/// The faults of a request: the first [`MAX_LISTED`] of them, and how many more there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    listed: Vec<InputFault>,
    omitted: usize,
}

impl Faults {
    pub fn add(&mut self, name: &str, code: &'static str, detail: impl Into<Cow<'static, str>>) {
        self.push(|| InputFault::new(pointer(name), code, detail));
    }

    pub fn add_fault(&mut self, name: &str, fault: Fault) {
        self.push(|| InputFault::of(name, fault));
    }

    /// Adds the fault of one value of a set.
    pub fn add_at(&mut self, name: &str, position: usize, fault: Fault) {
        self.push(|| InputFault::new(format!("{}/{position}", pointer(name)), fault.code, fault.detail));
    }

    /// Beyond the limit no fault is built, so that it costs next to nothing.
    fn push(&mut self, fault: impl FnOnce() -> InputFault) {
        if self.listed.len() < MAX_LISTED {
            self.listed.push(fault());
        } else {
            self.omitted += 1;
        }
    }

    /// Adds the faults of another part of the request.
    pub fn extend(&mut self, more: Self) {
        self.omitted += more.omitted;
        for fault in more.listed {
            self.push(|| fault);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    pub fn listed(&self) -> &[InputFault] {
        &self.listed
    }

    /// Number of faults beyond those listed.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// Whether one of the listed faults has this code.
    pub fn have(&self, code: &str) -> bool {
        self.listed.iter().any(|fault| fault.code == code)
    }
}

impl From<InputFault> for Faults {
    fn from(fault: InputFault) -> Self {
        Self { listed: vec![fault], omitted: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        request::{body::Body as _, query::Parameters},
        resources::register::Registration,
    };
    use std::time::{Duration, Instant};

    #[test]
    fn faults_beyond_the_limit_are_counted() {
        let (mut one, mut other) = (Faults::default(), Faults::default());
        for n in 0..20 {
            one.add(&format!("a{n}"), "unknown", "is not a field");
            other.add(&format!("b{n}"), "unknown", "is not a field");
        }
        one.extend(other);
        one.add("c", "unknown", "is not a field");
        assert_eq!((one.listed().len(), one.omitted()), (MAX_LISTED, 9));
        assert_eq!(one.listed()[MAX_LISTED - 1].pointer, "/b11");
    }

    /// The shortest of several runs, because other processes use the processor too.
    fn shortest(mut run: impl FnMut()) -> Duration {
        let times = (0..7).map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        });
        times.min().unwrap()
    }

    #[test]
    fn reading_takes_no_longer_than_in_proportion_to_the_length() {
        let names = |count: usize| (0..count).map(|n| format!("\"{n:05}\":1")).collect::<Vec<_>>();
        let object = |count| format!("{{{}}}", names(count).join(","));
        let body = |count: usize| {
            let text = object(count);
            shortest(|| drop(Registration::read(text.as_bytes(), &|_, _| Ok(())).unwrap_err()))
        };
        let query = |count: usize| {
            let text = names(count).join("&");
            shortest(|| drop(Parameters::parse(&text).finish()))
        };
        // For sixteen times the length, linear time is 16 times as long, and quadratic time 256 times.
        for (short, long) in [(body(500), body(8000)), (query(500), query(8000))] {
            assert!(long < short * 96, "{long:?} for sixteen times of what takes {short:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_between_two_characters() {
        let name = "ä".repeat(MAX_NAME_CHARS);
        assert_eq!(shortened(&name), name);
        assert_eq!(shortened(&format!("{name}/")), format!("{name}…"));
        assert_eq!(pointer("a~/b"), "/a~0~1b");
    }
}

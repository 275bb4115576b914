//! Properties of every header field, query and body, for the fuzzer (`fuzz/`) to break. Each function takes any bytes;
//! `fuzz/corpus` keeps those that once reached new code, and the tests replay them.

#![allow(clippy::panic, clippy::missing_panics_doc, reason = "a broken property is reported by a panic")]

mod bodies;
mod headers;
mod queries;

pub use bodies::{form_bodies, json_bodies};
pub use headers::{accept, accept_language, authorization, conditions, cookies, forwarded_for, traceparent};
pub use queries::queries;

use crate::{
    problem::Problem,
    request::{
        body::Body,
        faults::{Faults, InputFault, MAX_LISTED, pointer, shortened},
        query::Query,
    },
};
use actix_web::ResponseError as _;
use serde_json::{Map, Value};

/// The properties of every query and body that is sent to an operation.
#[derive(Clone, Copy)]
pub struct Checks {
    query: fn(&str),
    body: fn(&[u8]),
}

impl Checks {
    pub const fn of<Q: Query, B: Body>() -> Self {
        Self { query: queries::check::<Q>, body: bodies::check::<B> }
    }
}

/// The document of a problem is JSON, names the problem, and every pointer in it is valid.
fn is_well_formed(problem: &Problem) {
    let json = serde_json::to_string(&problem.document(None)).unwrap_or_default();
    let members: Map<String, Value> = serde_json::from_str(&json).unwrap_or_default();
    if problem.is_oauth() {
        assert_eq!(members.get("error").and_then(Value::as_str), Some(problem.code()), "{json}");
        return;
    }
    assert_eq!(members.get("status").and_then(Value::as_u64), Some(problem.status_code().as_u16().into()), "{json}");
    assert_eq!(members.get("code").and_then(Value::as_str), Some(problem.code()), "{json}");
    if let Problem::Invalid(faults) = problem {
        assert!(!faults.is_empty(), "{json} names no fault");
        assert_eq!(
            members.get("errors").and_then(Value::as_array).map(Vec::len),
            Some(faults.listed().len()),
            "{json}"
        );
        let omitted = members.get("errors_omitted").map_or(Some(0), Value::as_u64);
        assert_eq!(omitted, u64::try_from(faults.omitted()).ok(), "{json}");
        // As JSON, a character takes six bytes at most.
        assert!(json.len() <= 64 * 1024, "the answer has {} bytes", json.len());
        faults_are_well_formed(faults);
    }
}

fn faults_are_well_formed(faults: &Faults) {
    assert!(faults.listed().len() <= MAX_LISTED, "{faults:?}");
    assert!(faults.omitted() == 0 || faults.listed().len() == MAX_LISTED, "{faults:?}");
    faults.listed().iter().for_each(fault_is_well_formed);
}

fn fault_is_well_formed(fault: &InputFault) {
    if is_of_a_value(fault) {
        let (_, position) = fault.pointer.rsplit_once('/').unwrap_or_default();
        assert!(position.parse::<usize>().is_ok(), "{:?} is not a pointer to a value of a set", fault.pointer);
    } else {
        assert_eq!(pointer(&name(fault)), fault.pointer);
    }
    assert!(fault.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{fault:?}");
    assert!(!fault.detail.is_empty() && !fault.detail.contains(char::is_control), "{fault:?}");
}

/// The name in a JSON Pointer of one part (RFC 6901 §3, §4).
fn name(fault: &InputFault) -> String {
    let part = fault.pointer.strip_prefix('/').filter(|part| !part.contains('/'));
    let Some(part) = part else { panic!("{:?} is not a pointer to a member", fault.pointer) };
    assert!(part.split('~').skip(1).all(|rest| rest.starts_with(['0', '1'])), "{part:?} is not a part of a pointer");
    part.replace("~1", "/").replace("~0", "~")
}

/// Whether it is the fault of one value of a set.
fn is_of_a_value(fault: &InputFault) -> bool {
    fault.pointer.matches('/').count() == 2
}

/// Fails unless the faults of members with this code are those of these names; some of them, if more faults exist than are
/// listed.
fn assert_faults(faults: &Faults, code: &str, names: impl IntoIterator<Item = impl AsRef<str>>) {
    let mut expected: Vec<String> = names.into_iter().map(|name| shortened(name.as_ref()).into_owned()).collect();
    expected.sort_unstable();
    let of_members = faults.listed().iter().filter(|fault| fault.code == code && !is_of_a_value(fault));
    let mut found: Vec<String> = of_members.map(name).collect();
    found.sort_unstable();
    if faults.omitted() == 0 {
        assert_eq!(found, expected, "{code}");
        return;
    }
    let mut rest = expected.into_iter();
    assert!(found.iter().all(|name| rest.any(|other| other == *name)), "{code}: {found:?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_fuzz_corpus::replay;

    #[test]
    fn the_properties_hold_for_the_corpus() {
        replay("json_bodies", json_bodies);
        replay("form_bodies", form_bodies);
        replay("queries", queries);
        replay("accept", accept);
        replay("accept_language", accept_language);
        replay("authorization", authorization);
        replay("conditions", conditions);
        replay("cookies", cookies);
        replay("forwarded_for", forwarded_for);
        replay("traceparent", traceparent);
    }
}

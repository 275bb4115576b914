//! Query strings.

use super::{assert_faults, faults_are_well_formed};
use crate::{
    request::{
        encoding,
        faults::Faults,
        query::{Parameters, Query},
    },
    table::OPERATIONS,
};
use std::collections::HashSet;

/// A query is understood, or the error of each invalid parameter is reported; and the link to itself that the
/// page has is understood again, as the same.
pub fn queries(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    for spec in OPERATIONS {
        (spec.checks.query)(text);
    }
}

/// Checks a query.
pub fn check<Q: Query>(text: &str) {
    if Q::TAKES_EVERYTHING {
        let (read, faults) = read::<Q>(text);
        assert!(read.is_some() && faults.is_empty(), "{text:?} is refused");
        return;
    }
    let known: Vec<_> = Q::parameters().iter().map(|parameter| parameter.name).collect();
    let Some(query) = read_whole::<Q>(text, &known) else { return };
    let Some(link) = query.own_href() else { return };
    let Some((_, own_query)) = link.split_once('?') else { panic!("{link} has no query") };
    assert!(
        own_query.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)),
        "{link:?} is not a URI"
    );
    match read_whole::<Q>(own_query, &known) {
        Some(again) => assert_eq!(again.own_href().as_deref(), Some(&*link)),
        None => panic!("{text:?} is understood and {own_query:?} is not"),
    }
}

/// The values of a query, if it is valid.
fn read_whole<Q: Query>(text: &str, known: &[&str]) -> Option<Q> {
    let (read, faults) = read::<Q>(text);
    faults_are_well_formed(&faults);
    let mut seen = HashSet::new();
    let names = form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned());
    let (first, duplicates): (Vec<_>, Vec<_>) = names
        .zip(encoding::pairs(text.as_bytes()).map(|pair| pair.is_utf8))
        .partition(|(name, _)| seen.insert(name.clone()));
    assert_faults(&faults, "duplicate", duplicates.iter().map(|(name, _)| name));
    assert_faults(&faults, "bad_encoding", first.iter().filter(|(_, is_utf8)| !is_utf8).map(|(name, _)| name));
    let unknown = first.iter().filter(|(name, is_utf8)| *is_utf8 && !known.contains(&name.as_str()));
    assert_faults(&faults, "unknown", unknown.map(|(name, _)| name));
    assert!(read.is_some() || !faults.is_empty(), "{text:?} is refused, and not said why");
    read.filter(|_| faults.is_empty())
}

fn read<Q: Query>(text: &str) -> (Option<Q>, Faults) {
    let mut parameters = Parameters::parse(text);
    let read = Q::read(&mut parameters);
    (read, parameters.finish())
}

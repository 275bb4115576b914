//! Following every link that is safe to follow.

use crate::{Agent, Answer, ENTRY, Resource, hal::expand};
use std::collections::{BTreeSet, VecDeque};

/// The values for templates of links, so that lists have several pages.
const KNOWN: &[(&str, &str)] = &[("limit", "3")];

/// A link that was followed.
#[derive(Debug, Clone)]
pub struct Visit {
    pub href: String,
    /// Where the link was found, and its relation.
    pub from: String,
    pub answer: Answer,
}

/// Begins at the entry and follows every safe link of every resource, those in lists too, each once.
pub async fn crawl(agent: &Agent) -> Vec<Visit> {
    let mut seen = BTreeSet::from([ENTRY.to_owned()]);
    let mut ahead = VecDeque::from([(ENTRY.to_owned(), "the entry".to_owned())]);
    let mut visits = Vec::new();
    while let Some((href, from)) = ahead.pop_front() {
        let answer = agent.get(&href).await;
        let mut found = Vec::new();
        if let Some(location) = answer.headers.get("location") {
            found.push((location.to_str().unwrap().to_owned(), format!("Location of {href}")));
        }
        if let Some(resource) = answer.resource() {
            safe_links(&resource, &href, &mut found);
        }
        for (next, from) in found {
            if seen.insert(next.clone()) {
                ahead.push_back((next, from));
            }
        }
        visits.push(Visit { href, from, answer });
    }
    visits
}

fn safe_links(resource: &Resource, at: &str, found: &mut Vec<(String, String)>) {
    for link in resource.links().into_iter().filter(|link| link.method == "GET") {
        let from = format!("{} of {at}", link.relation);
        if link.templated {
            found.push((expand(&link.href, &[]), from.clone()));
            found.push((expand(&link.href, KNOWN), from));
        } else {
            found.push((link.href, from));
        }
    }
    for (list, item) in resource.embedded() {
        safe_links(&item, &format!("{list} in {at}"), found);
    }
}

//! Every operation that is not linked is refused as in the policy table, and changes nothing.

use crate::{
    facts::{Facts, Identity},
    fixture::{Caller, Fixture},
    policy_table::{Line, Outcome, SUB_RESOURCES},
    resource::Parameters,
    state::Dump,
};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use usher_crawler::{Answer, Visit, crawl};
use usher_domain::{Permission, PermissionSet};

/// An id that no user has.
pub const NONE: &str = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77";

/// Every operation that is linked for a caller: method and path.
pub fn offered(visits: &[Visit]) -> BTreeSet<(String, String)> {
    let mut offered = BTreeSet::new();
    for resource in visits.iter().filter_map(|visit| visit.answer.resource()) {
        let embedded = resource.embedded().into_iter().map(|(_, item)| item);
        for link in embedded.chain([resource.clone()]).flat_map(|resource| resource.links()) {
            offered.insert((link.method, link.href.split(['?', '{']).next().unwrap().to_owned()));
        }
    }
    offered
}

/// Every choice of parameters for a path.
pub fn targets(path: &str, facts: &Facts) -> Vec<Parameters> {
    let named = |name: &str, value: &String| (name.to_owned(), value.clone());
    let none = NONE.to_owned();
    if path.contains("{name}") {
        let unused = "nobody-has-this".to_owned();
        return facts.role_names().chain([&unused]).map(|role| Parameters::from([named("name", role)])).collect();
    }
    if !path.contains("{id}") {
        return vec![Parameters::new()];
    }
    let users = facts.user_ids().chain([&none]).map(|id| Parameters::from([named("id", id)]));
    let Some((parameter, _)) = SUB_RESOURCES.iter().find(|(name, _)| path.contains(&format!("{{{name}}}"))) else {
        return users.collect();
    };
    let ids: Vec<&String> = facts.ids_of(parameter).chain([&none]).collect();
    let each = |user: Parameters| {
        let with = |id: &&String| user.clone().into_iter().chain([named(parameter, id)]).collect();
        ids.iter().map(with).collect::<Vec<_>>()
    };
    users.flat_map(each).collect()
}

/// Which targets of operations on sub-resources are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    All,
    /// Those whose owner the path names.
    Matching,
}

pub async fn try_unlinked_operations(fixture: &Fixture, which: Targets) {
    let facts = fixture.facts().await;
    let before = fixture.state.dump().await;
    let (mut triples, mut refusals) = (0, 0);
    for caller in &fixture.callers {
        let identity = caller.identity(&facts);
        let offered = offered(&crawl(&caller.agent).await);
        for line in fixture.policy_table.operations() {
            let operation = &fixture.document.operations[&line.name];
            for parameters in targets(&operation.path, &facts) {
                if which == Targets::Matching && !is_owned(&facts, &parameters) {
                    continue;
                }
                triples += 1;
                let href = operation.href(&parameters);
                let story = format!("{}: {} {href}", caller.name, operation.method);
                let expected = facts.outcome(line, &identity, &parameters);
                let is_offered = offered.contains(&(operation.method.clone(), href.clone()));
                if is_offered {
                    assert_eq!(expected, Outcome::Ok, "{story} is offered");
                    refusals += try_fields(fixture, caller, &facts, line, &parameters).await;
                    refusals += try_ungivable(fixture, caller, &facts, line, &parameters).await;
                    continue;
                }
                if expected == Outcome::Ok {
                    // What was refused before must show now, because the state is restored.
                    expect_unchanged(fixture, &before, caller, line).await;
                }
                let answer = caller.agent.send(&operation.method, &href, operation.body(&[])).await;
                if expected == Outcome::Ok {
                    assert!(identity == Identity::InvalidToken || !line.is_linked(), "{story} is not offered");
                    assert!(!matches!(answer.status, 401 | 403 | 404 | 405), "{story}: {}", answer.json);
                    fixture.state.restore().await;
                    continue;
                }
                assert_refused(&story, &identity, &expected, &answer);
                // Only an error at the root links to the token endpoint.
                assert_eq!(answer.json["_links"].is_object(), line.name == "get_root", "{story}: {}", answer.json);
                refusals += 1;
            }
            expect_unchanged(fixture, &before, caller, line).await;
        }
    }
    println!("{triples} triples of caller, operation and target; {refusals} refusals, none of which changed anything");
}

/// Whether the sub-resource, if there is one, belongs to the user of the path, or does not exist.
fn is_owned(facts: &Facts, parameters: &Parameters) -> bool {
    let named = SUB_RESOURCES.iter().find_map(|(name, _)| Some((*name, parameters.get(*name)?)));
    named.and_then(|(name, id)| facts.owner(name, id)).is_none_or(|owner| Some(owner) == parameters.get("id"))
}

/// Fails if a refusal of this operation has changed something.
pub async fn expect_unchanged(fixture: &Fixture, before: &Dump, caller: &Caller, line: &Line) {
    assert_eq!(fixture.state.dump().await, *before, "{} by {} has changed something", line.name, caller.name);
}

/// Fields that are not in the form are refused too, even if the operation is allowed.
pub async fn try_fields(
    fixture: &Fixture,
    caller: &Caller,
    facts: &Facts,
    line: &Line,
    parameters: &Parameters,
) -> usize {
    let identity = caller.identity(facts);
    let operation = &fixture.document.operations[&line.name];
    let mut refusals = 0;
    for (field, field_line) in fixture.policy_table.fields(&line.name) {
        let expected = facts.outcome_with_field(line, field_line, &identity, parameters);
        // A proof of a factor that the caller does not have is a fault with a code of its own.
        let is_writable = expected == Outcome::Ok || expected.status() == Some(400) && !expected.is_invalid_input();
        if is_writable {
            continue;
        }
        let href = operation.href(parameters);
        // What the field has already is no change, nor is what it has anyway in a new resource.
        let current = match field {
            "reserved" => facts.is_reserved(parameters).into(),
            "role" if parameters.is_empty() => Value::from("user"),
            _ => parameters.get("id").map_or("", |id| facts.column(id, field)).into(),
        };
        // The role of a user is any role; in the document its name is open.
        let values = if field == "role" {
            facts.role_names().cloned().map(Value::from).collect()
        } else {
            operation.values(field)
        };
        for value in values.into_iter().filter(|value| *value != current) {
            let answer = caller.agent.send(&operation.method, &href, operation.body(&[(field, value.clone())])).await;
            let story = format!("{}: {} {href} with {field}={value}", caller.name, operation.method);
            assert_refused(&story, &identity, &expected, &answer);
            if answer.status == 400 {
                assert!(is_not_writable(&answer, field), "{story}: {}", answer.json);
            }
            refusals += 1;
        }
    }
    refusals
}

/// A role, and permissions of a role, that the caller may not give are refused; all of them, one by one.
pub async fn try_ungivable(
    fixture: &Fixture,
    caller: &Caller,
    facts: &Facts,
    line: &Line,
    parameters: &Parameters,
) -> usize {
    let identity = caller.identity(facts);
    let operation = &fixture.document.operations[&line.name];
    let refused = |field: &Line| facts.outcome_with_field(line, field, &identity, parameters) != Outcome::Ok;
    let mut refusals = 0;
    for field in ["role", "permissions"] {
        let Some(options) = facts.options(&line.name, field, &identity, parameters) else { continue };
        if fixture.policy_table.fields(&line.name).any(|(name, line)| name == field && refused(line)) {
            continue;
        }
        let values: Vec<Value> = if field == "role" {
            facts.role_names().filter(|role| !options.contains(*role)).cloned().map(Value::from).collect()
        } else {
            let lacked = Permission::ALL.iter().filter(|permission| !options.contains(permission.as_str()));
            lacked.map(|permission| PermissionSet::of(&[*permission]).with_required().names().into()).collect()
        };
        for value in values {
            // Nothing but what it takes, because other fields may be refused.
            let required = operation.required.iter().filter(|name| *name != field);
            let example = required.map(|name| (name.clone(), operation.example[name].clone()));
            let body: Map<String, Value> = example.chain([(field.to_owned(), value)]).collect();
            let body = Value::Object(body).to_string();
            let href = operation.href(parameters);
            let story = format!("{}: {} {href} with {body}", caller.name, operation.method);
            let answer = caller.agent.send(&operation.method, &href, Some(("application/json", body))).await;
            assert_refused(&story, &identity, &Outcome::refused(403, "not_givable"), &answer);
            refusals += 1;
        }
    }
    refusals
}

/// Whether the field is refused because the caller may not write it.
fn is_not_writable(answer: &Answer, field: &str) -> bool {
    let mut faults = answer.json["errors"].as_array().into_iter().flatten();
    faults.any(|fault| fault["pointer"] == format!("/{field}") && fault["code"] == "not_writable")
}

pub fn assert_refused(story: &str, identity: &Identity, expected: &Outcome, answer: &Answer) {
    let Outcome::Refused { status, code } = expected else { panic!("{story} is not a refusal") };
    let usual = if *identity == Identity::InvalidToken { "invalid_token" } else { "authentication_required" };
    let code = if code.is_empty() { usual } else { code };
    // The endpoints of OAuth have their own format (RFC 6749 §5.2).
    let (actual, media) = match answer.json["error"].as_str() {
        Some(error) => (Some(error), "application/json"),
        None => (answer.json["code"].as_str(), "application/problem+json"),
    };
    assert_eq!((answer.status, actual), (*status, Some(code)), "{story}: {}", answer.json);
    assert_eq!(answer.header("content-type"), media, "{story}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_is_not_linked_is_refused_and_changes_nothing() {
    try_unlinked_operations(&Fixture::with_many_callers().await, Targets::All).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_exact_with_closed_registration_and_one_admin() {
    try_unlinked_operations(&Fixture::with_closed_registration().await, Targets::All).await;
}

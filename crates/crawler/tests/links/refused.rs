//! Every operation that is not offered is refused as the truth table says, and changes nothing.

use crate::{
    truth::{Caller, Facts, Line, Outcome, Parameters, THINGS},
    world::{Character, World},
};
use std::collections::BTreeSet;
use usher_crawler::{Answer, Visit, crawl};

/// An id that no user has.
const NONE: &str = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77";

/// Everything that a character is offered: method and path.
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
    if !path.contains("{id}") {
        return vec![Parameters::new()];
    }
    let named = |name: &str, id: &String| (name.to_owned(), id.clone());
    let none = NONE.to_owned();
    let users = facts.user_ids().chain([&none]).map(|id| Parameters::from([named("id", id)]));
    let Some((parameter, _)) = THINGS.iter().find(|(name, _)| path.contains(&format!("{{{name}}}"))) else {
        return users.collect();
    };
    let things: Vec<&String> = facts.ids_of(parameter).chain([&none]).collect();
    let each = |user: Parameters| {
        let thing = |id: &&String| user.clone().into_iter().chain([named(parameter, id)]).collect();
        things.iter().map(thing).collect::<Vec<_>>()
    };
    users.flat_map(each).collect()
}

async fn try_everything_else(world: &World) {
    let facts = world.facts().await;
    let before = world.state.dump().await;
    let (mut triples, mut refusals) = (0, 0);
    for character in &world.cast {
        let caller = character.caller(&facts);
        let offered = offered(&crawl(&character.agent).await);
        for line in world.truth.operations() {
            let operation = &world.document.operations[&line.name];
            for parameters in targets(&operation.path, &facts) {
                triples += 1;
                let href = operation.href(&parameters);
                let story = format!("{}: {} {href}", character.name, operation.method);
                let expected = facts.outcome(line, &caller, &parameters);
                let is_offered = offered.contains(&(operation.method.clone(), href.clone()));
                if is_offered {
                    assert_eq!(expected, Outcome::Ok, "{story} is offered");
                    refusals += try_fields(world, character, &facts, line, &parameters).await;
                    continue;
                }
                let answer = character.agent.send(&operation.method, &href, operation.body(&[])).await;
                if expected == Outcome::Ok {
                    assert!(caller == Caller::Stale || !line.is_offered(), "{story} is not offered");
                    assert!(!matches!(answer.status, 401 | 403 | 404 | 405), "{story}: {}", answer.json);
                    world.state.restore().await;
                    continue;
                }
                assert_refused(&story, &caller, &expected, &answer);
                // Only an error at the root links to the token endpoint.
                assert_eq!(answer.json["_links"].is_object(), line.name == "get_root", "{story}: {}", answer.json);
                assert_eq!(world.state.dump().await, before, "{story} has changed something");
                refusals += 1;
            }
        }
    }
    println!("{triples} triples of caller, operation and target; {refusals} refusals, none of which changed anything");
}

/// Fields that are not in the form are refused too, even if the operation is allowed.
async fn try_fields(
    world: &World,
    character: &Character,
    facts: &Facts,
    line: &Line,
    parameters: &Parameters,
) -> usize {
    let caller = character.caller(facts);
    let operation = &world.document.operations[&line.name];
    let mut refusals = 0;
    for (field, line) in world.truth.fields(&line.name) {
        let expected = facts.outcome(line, &caller, parameters);
        if expected == Outcome::Ok {
            continue;
        }
        let before = world.state.dump().await;
        let href = operation.href(parameters);
        let present = parameters.get("id").map(|id| facts.member(id, field));
        let options = operation.fields[field]["enum"].as_array().cloned().unwrap_or_default();
        let values = options.iter().map(|option| option.as_str().unwrap()).filter(|option| Some(*option) != present);
        let values: Vec<&str> = if options.is_empty() { vec!["some text"] } else { values.collect() };
        for value in values {
            let body = operation.body(&[(field, value)]);
            let answer = character.agent.send(&operation.method, &href, body).await;
            let story = format!("{}: {} {href} with {field}={value}", character.name, operation.method);
            assert_refused(&story, &caller, &expected, &answer);
            if answer.status == 400 {
                let fault = &answer.json["errors"][0];
                assert_eq!(fault["pointer"], format!("/{field}"), "{story}: {}", answer.json);
                assert_eq!(fault["code"], "not_writable", "{story}: {}", answer.json);
            }
            assert_eq!(world.state.dump().await, before, "{story} has changed something");
            refusals += 1;
        }
    }
    refusals
}

pub fn assert_refused(story: &str, caller: &Caller, expected: &Outcome, answer: &Answer) {
    let Outcome::Refused { status, code } = expected else { panic!("{story} is not a refusal") };
    let usual = if *caller == Caller::Stale { "invalid_token" } else { "authentication_required" };
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
async fn whatever_is_not_offered_is_refused_and_changes_nothing() {
    try_everything_else(&World::crowded().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_it_is_refused_where_registration_is_closed_and_one_admin_is_left() {
    try_everything_else(&World::closed().await).await;
}

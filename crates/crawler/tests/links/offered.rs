//! Every link can be followed, and is in the policy table.

use crate::{
    facts::{Facts, Identity},
    fixture::{Caller, Fixture},
    policy_table::{Outcome, REGISTRATION},
    resource::Resource,
};
use std::collections::{BTreeMap, BTreeSet};
use usher_crawler::{Answer, Property, Template, Visit, crawl};

/// The relations that belong to the page, not to an operation.
const OF_A_PAGE: [&str; 6] = ["self", "first", "prev", "next", "last", "search"];
/// The statuses that no link may lead to.
const DEAD_ENDS: [u16; 4] = [401, 403, 404, 405];

/// A representation, and where it was found.
pub struct Shown {
    pub place: String,
    pub representation: usher_crawler::Resource,
    /// The list that contains it, and the resource that the list belongs to.
    pub within: Option<(String, usher_crawler::Resource)>,
}

/// Every representation that a caller has received.
pub fn shown(visits: &[Visit]) -> Vec<Shown> {
    let mut shown = Vec::new();
    for visit in visits {
        if let Some(page) = visit.answer.resource() {
            shown.extend(page.embedded().into_iter().map(|(list, item)| Shown {
                place: format!("{list} in {}", visit.href),
                representation: item,
                within: Some((list, page.clone())),
            }));
            shown.push(Shown { place: visit.href.clone(), representation: page, within: None });
        }
    }
    shown
}

/// Fails unless a representation has exactly the links and forms of the policy table.
pub fn check(fixture: &Fixture, facts: &Facts, identity: &Identity, shown: &Shown) {
    let Shown { place, representation, within } = shown;
    let resource = Resource::of(representation, within.as_ref(), &fixture.document);
    let expected = fixture.policy_table.links(facts, &fixture.document, identity, &resource);
    let is_page = representation.value["_embedded"].is_object();
    // Statistics link to themselves with the query of the request, and to those of other periods.
    let is_statistics = resource.kind == "statistics";
    let links: BTreeSet<_> = representation
        .links()
        .into_iter()
        .filter(|link| !(is_page && OF_A_PAGE.contains(&link.relation.as_str())))
        .map(|link| {
            let is_own = is_statistics && link.relation == "self";
            let href = if is_own { without_query(&link.href).to_owned() } else { link.href };
            (link.relation, link.method, href, link.opens.into_iter().collect::<BTreeSet<_>>())
        })
        .collect();
    let mut wanted: BTreeSet<_> = expected
        .iter()
        .map(|link| (link.relation.clone(), link.method.clone(), link.href.clone(), link.opens.clone()))
        .collect();
    if is_statistics {
        let path = &fixture.document.operations["get_statistics"].path;
        for (relation, href) in [("self", path.clone()), ("search", format!("{path}{{?days}}"))] {
            wanted.insert((relation.to_owned(), "GET".to_owned(), href, BTreeSet::new()));
        }
    }
    assert_eq!(links, wanted, "the links of {place}");

    let mut forms: BTreeMap<String, _> =
        representation.templates().into_iter().map(|template| (template.key.clone(), template)).collect();
    let default = forms.remove("default");
    assert_eq!(default.is_some(), !forms.is_empty(), "there is a default where there is a form, in {place}");
    for link in expected.iter().filter(|link| link.method != "GET") {
        let form = forms.remove(&link.relation).unwrap_or_else(|| panic!("a form {} in {place}", link.relation));
        let operation = &fixture.document.operations[&link.operation];
        assert_eq!((&form.method, &form.target), (&link.method, &link.href), "{} in {place}", link.relation);
        assert_eq!(form.content_type, operation.media.as_deref().unwrap_or("application/json"));
        let line = fixture.policy_table.operations().find(|line| line.name == link.operation).unwrap();
        let refused: BTreeSet<&str> = fixture
            .policy_table
            .fields(&link.operation)
            .filter(|(_, field)| facts.outcome_with_field(line, field, identity, &resource.parameters) != Outcome::Ok)
            .map(|(field, _)| field)
            .collect();
        let fields: BTreeSet<&str> = form.properties.iter().map(|property| property.name.as_str()).collect();
        let wanted: BTreeSet<&str> =
            operation.fields.keys().map(String::as_str).filter(|field| !refused.contains(field)).collect();
        assert_eq!(fields, wanted, "the fields of {} in {place}", link.relation);
        for property in &form.properties {
            if let Some(wanted) = facts.options(&link.operation, &property.name, identity, &resource.parameters) {
                let options: BTreeSet<_> = property.options.iter().cloned().collect();
                assert_eq!(options, wanted, "the options of {} of {} in {place}", property.name, link.relation);
                assert_eq!(options.len(), property.options.len(), "an option is duplicated in {place}");
            }
        }
    }
    assert!(forms.is_empty(), "forms without a link in {place}: {forms:?}");
}

fn without_query(href: &str) -> &str {
    href.split_once('?').map_or(href, |(path, _)| path)
}

pub async fn follow_every_safe_link(fixture: &Fixture) {
    let facts = fixture.facts().await;
    let (mut links, mut resources) = (0, 0);
    for caller in &fixture.callers {
        let identity = caller.identity(&facts);
        let visits = crawl(&caller.agent).await;
        for visit in &visits {
            let status = visit.answer.status;
            if identity == Identity::InvalidToken {
                assert_eq!(status, 401, "{}: {} ({})", caller.name, visit.href, visit.from);
                let token_link = &visit.answer.json["_links"]["token"];
                let token = &fixture.document.operations["issue_token"];
                assert_eq!((&token_link["href"], &token_link["method"]), (&token.path.as_str().into(), &"POST".into()));
            } else {
                assert!(visit.answer.succeeded(), "{}: {} ({}): {status}", caller.name, visit.href, visit.from);
            }
        }
        let mut shown = shown(&visits);
        for shown in &mut shown {
            shown.place = format!("{}, for {}", shown.place, caller.name);
            check(fixture, &facts, &identity, shown);
        }
        let alone: BTreeMap<String, &usher_crawler::Resource> = shown
            .iter()
            .filter(|shown| shown.within.is_none())
            .filter_map(|shown| Some((shown.representation.location()?, &shown.representation)))
            .collect();
        for Shown { place, representation, .. } in shown.iter().filter(|shown| shown.within.is_some()) {
            if let Some(location) = representation.location() {
                assert_eq!(Some(&representation), alone.get(&location), "{place}, and alone");
            }
        }
        links += visits.len();
        resources += shown.len();
    }
    println!("{links} links followed, {resources} representations compared with the policy table");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_link_can_be_followed_and_is_in_the_policy_table() {
    follow_every_safe_link(&Fixture::with_many_callers().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_exact_with_closed_registration_and_one_admin() {
    follow_every_safe_link(&Fixture::with_closed_registration().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_exact_with_as_many_roles_and_api_keys_as_there_can_be() {
    follow_every_safe_link(&Fixture::with_full_lists().await).await;
}

pub async fn submit_every_form(fixture: &Fixture) {
    let facts = fixture.facts().await;
    let mut submitted = 0;
    for caller in &fixture.callers {
        let identity = caller.identity(&facts);
        let mut done = BTreeSet::new();
        for Shown { place, representation, .. } in shown(&crawl(&caller.agent).await) {
            // The default is a copy of one of the others.
            for template in representation.templates().into_iter().filter(|template| template.key != "default") {
                if !done.insert((template.method.clone(), template.target.clone())) {
                    continue;
                }
                let mut succeeded = false;
                for filling in fixture.fillings(caller, &template) {
                    let answer = caller.agent.submit(&template, &filling).await;
                    let story = format!("{}: {} of {place} with {filling:?}", caller.name, template.key);
                    succeeded |= answer.succeeded();
                    assert_accepted_or_invalid(&story, &answer, &template);
                    assert_shows_new_state(fixture, caller, &identity, &answer, &story).await;
                    fixture.state.restore().await;
                    submitted += 1;
                }
                let lacks = |property: &Property| property.required && property.name == "current_password";
                let locked_out = !facts.has_password(&identity) && template.properties.iter().any(lacks);
                assert!(
                    succeeded || locked_out,
                    "no way to fill in {} of {place} succeeds for {}",
                    template.key,
                    caller.name
                );
            }
        }
    }
    println!("{submitted} forms submitted");
}

/// Fails unless a form was accepted, or one of its values was invalid.
pub fn assert_accepted_or_invalid(story: &str, answer: &Answer, template: &Template) {
    assert!(!DEAD_ENDS.contains(&answer.status), "{story}: {} {}", answer.status, answer.json);
    if answer.succeeded() {
        return;
    }
    assert_eq!(answer.status, 400, "{story}: {}", answer.json);
    // The endpoints of OAuth name no field (RFC 6749 §5.2).
    if answer.json["error"].is_string() {
        return;
    }
    for error in answer.json["errors"].as_array().unwrap_or_else(|| panic!("{story}: {}", answer.json)) {
        let pointer = error["pointer"].as_str().unwrap();
        // Of an array, the pointer names the item.
        let field = pointer.split('/').nth(1).unwrap_or_default();
        let known = template.properties.iter().any(|property| field == property.name);
        assert!((known || pointer.is_empty()) && error["code"] != "not_writable", "{story}: {}", answer.json);
    }
}

/// Fails unless the response to a write is what its caller reads afterwards, links included.
pub async fn assert_shows_new_state(
    fixture: &Fixture,
    caller: &Caller,
    identity: &Identity,
    answer: &Answer,
    story: &str,
) {
    let Some(resource) = answer.resource() else { return };
    let Some(location) = resource.location() else {
        // A user who has just registered is not signed in. Other resources are shown as their creator may use them.
        let facts = fixture.facts().await;
        let registered = Resource::of(&resource, None, &fixture.document).kind == REGISTRATION;
        let identity = if registered { Identity::Anonymous } else { caller.identity(&facts) };
        let shown = Shown { place: story.to_owned(), representation: resource, within: None };
        return check(fixture, &facts, &identity, &shown);
    };
    let now = caller.agent.get(&location).await;
    assert_eq!(now.status, 200, "{story}, then {location}: {}", now.json);
    // Secrets are shown only once.
    let mut value = resource.value.clone();
    for secret in ["key", "secret", "otpauth_uri", "qr_svg", "recovery_codes"] {
        value.as_object_mut().unwrap().remove(secret);
    }
    assert_eq!(now.json, value, "{story}, then {location}");
    assert_eq!(now.header("etag"), answer.header("etag"), "{story}, then {location}");
    let facts = fixture.facts().await;
    let identity = match identity {
        Identity::AuthenticatedUser { .. } => caller.identity(&facts),
        other => other.clone(),
    };
    check(fixture, &facts, &identity, &Shown { place: story.to_owned(), representation: resource, within: None });
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_can_be_submitted_and_the_response_shows_the_new_state() {
    submit_every_form(&Fixture::with_many_callers().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_can_be_submitted_with_closed_registration_and_one_admin() {
    submit_every_form(&Fixture::with_closed_registration().await).await;
}

//! The operations that take a fresh session, by callers who have proved more and less: each is linked if and only if it is
//! allowed, and `step-up` says which links freshness alone keeps away.

use super::{PATH, options, start};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use usher_domain::policy::RequireMfa;
use usher_testkit::{Answer, Authenticator, Client, Options, PASSWORD, TestApp};

const STALE: (u16, &str) = (401, "insufficient_user_authentication");
const REQUIRED: (u16, &str) = (403, "mfa_enrolment_required");

/// What the caller has, and has proved in the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Fresh,
    Stale,
    FreshWithFactor,
    StaleWithFactor,
    /// Another session has enrolled the factor.
    WithUnprovedFactor,
}

/// What happens to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// It is linked, and succeeds.
    Allowed,
    /// It is not linked, and a step-up changes that.
    Opened,
    /// It is not linked, and a step-up changes nothing.
    Refused((u16, &'static str)),
}
use Expected::{Allowed, Opened, Refused};

/// An operation that takes a fresh session.
struct Marked {
    /// The path of the representation that links to it.
    on: String,
    relation: &'static str,
    method: &'static str,
    path: String,
    body: Value,
}

struct Scene {
    app: TestApp,
    ada: Client,
    authenticator: Option<Authenticator>,
    marked: Vec<Marked>,
}

impl Scene {
    async fn new(state: State, require_mfa: RequireMfa) -> Self {
        let before = start().await;
        let bob = before.user("bob").await;
        before.enrol_totp(&bob).await;
        let ada = before.user_with("ada", "helper", &["users.read", "factors.read", "factors.reset"]).await;
        let elsewhere = before.nobody().sign_in("ada", PASSWORD).await;
        let authenticator = match state {
            State::Fresh | State::Stale => None,
            _ => Some(before.enrol_totp(&ada).await),
        };
        let session = if state == State::WithUnprovedFactor { &elsewhere } else { &ada };
        let app = before.replica_with(Options { require_mfa, ..options() }).await;
        app.clock.advance(before.clock.now() - app.clock.now());
        if matches!(state, State::Stale | State::StaleWithFactor) {
            app.clock.advance(TimeDelta::minutes(16));
        }
        let client = Client::new(&app.url).with_token(session.access_token().unwrap());
        let (factors, keys) = (format!("{}/factors", ada.path()), format!("{}/api-keys", ada.path()));
        let marked =
            |on: &str, relation, method, path: String, body| Marked { on: on.to_owned(), relation, method, path, body };
        let key = json!({ "name": "a script", "scopes": ["account.read"] });
        let mut operations = vec![
            marked(&factors, "enrol-totp", "POST", format!("{factors}/totp"), json!({})),
            marked(&factors, "passkey-options", "POST", format!("{factors}/passkey-options"), json!({})),
            marked(&factors, "create-recovery-codes", "POST", format!("{factors}/recovery-codes"), json!({})),
            marked(&keys, "create", "POST", keys.clone(), key),
            marked(&bob.path(), "reset-factors", "DELETE", format!("{}/factors", bob.path()), json!({})),
        ];
        if let Some(Authenticator { path, .. }) = &authenticator {
            operations.extend([
                marked(path, "update", "PATCH", path.clone(), json!({ "name": "another name" })),
                marked(path, "remove", "DELETE", path.clone(), json!({})),
            ]);
        }
        Self { app, ada: client, authenticator, marked: operations }
    }

    /// The representations that link to the operations.
    fn representations(&self) -> BTreeSet<&str> {
        self.marked.iter().map(|marked| marked.on.as_str()).collect()
    }

    /// The links of a representation to its operations, and what `step-up` opens on it.
    async fn links(&self, on: &str) -> (BTreeSet<String>, BTreeSet<String>) {
        let shown = self.ada.get(on).await;
        let known = |relation: &String| self.marked.iter().any(|it| it.on == on && it.relation == relation.as_str());
        let linked = shown.links().into_iter().filter(known).collect();
        let opens = &shown.json["_links"]["step-up"]["opens"];
        let opens = opens.as_array().into_iter().flatten().map(|relation| relation.as_str().unwrap().to_owned());
        (linked, opens.collect())
    }

    async fn step_up(&self) {
        let mut body = json!({ "password": PASSWORD });
        if let Some(authenticator) = &self.authenticator {
            body["otp"] = authenticator.code(&self.app).into();
        }
        self.ada.post(PATH, &body).await.expect_status(200);
    }
}

/// What the contract says.
fn expected(state: State, require_mfa: RequireMfa, relation: &str) -> Expected {
    let is_enrolment = ["enrol-totp", "passkey-options"].contains(&relation);
    let is_required = require_mfa == RequireMfa::All;
    match state {
        State::Fresh | State::Stale if is_required && !is_enrolment => Refused(REQUIRED),
        State::WithUnprovedFactor if is_required => Refused(REQUIRED),
        State::Fresh if relation == "create-recovery-codes" => Refused((409, "no_factors")),
        State::Stale if relation == "create-recovery-codes" => Refused(STALE),
        State::FreshWithFactor if is_required && relation == "remove" => Refused((409, "last_way_in")),
        State::StaleWithFactor if is_required && relation == "remove" => Refused(STALE),
        State::Fresh | State::FreshWithFactor => Allowed,
        State::Stale | State::StaleWithFactor | State::WithUnprovedFactor => Opened,
    }
}

async fn compare(state: State, require_mfa: RequireMfa) {
    let scene = Scene::new(state, require_mfa).await;
    let relations = |on: &str, wanted: Expected| -> BTreeSet<String> {
        let of_it = scene.marked.iter().filter(|marked| marked.on == on);
        let are_so = of_it.filter(|marked| expected(state, require_mfa, marked.relation) == wanted);
        are_so.map(|marked| marked.relation.to_owned()).collect()
    };
    for on in scene.representations() {
        let wanted = (relations(on, Allowed), relations(on, Opened));
        assert_eq!(scene.links(on).await, wanted, "{on} for {state:?}, {require_mfa:?}");
    }
    let is_fresh = matches!(state, State::Fresh | State::FreshWithFactor);
    let root = scene.ada.get("/v1").await.expect_status(200);
    assert_eq!(root.href("step-up").is_none(), is_fresh, "the root for {state:?}, {require_mfa:?}");
    assert!(root.json["_links"]["step-up"].get("opens").is_none(), "nothing on the root takes a fresh session");
    for Marked { relation, method, path, body, .. } in &scene.marked {
        let request = scene.ada.request(method, path);
        let request = if *method == "DELETE" { request } else { request.json(body) };
        let answer = Answer::to(request).await;
        let story = format!("{relation} for {state:?}, {require_mfa:?}: {}", answer.text);
        match expected(state, require_mfa, relation) {
            Allowed => assert!((200..300).contains(&answer.status), "{story}"),
            Opened => assert_eq!((answer.status, answer.code()), STALE, "{story}"),
            Refused(refusal) => assert_eq!((answer.status, answer.code()), refusal, "{story}"),
        }
    }
    if is_fresh {
        return;
    }
    scene.step_up().await;
    let proved = if scene.authenticator.is_some() { State::FreshWithFactor } else { State::Fresh };
    for on in scene.representations() {
        let of_it = scene.marked.iter().filter(|marked| marked.on == on);
        let allowed = of_it.filter(|marked| expected(proved, require_mfa, marked.relation) == Allowed);
        let allowed = allowed.map(|marked| marked.relation.to_owned()).collect();
        assert_eq!(scene.links(on).await, (allowed, BTreeSet::new()), "{on} after a step-up of {state:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_linked_if_and_only_if_it_is_allowed_and_step_up_names_those_that_it_opens() {
    use State::{Fresh, FreshWithFactor, Stale, StaleWithFactor, WithUnprovedFactor};
    for require_mfa in [RequireMfa::Off, RequireMfa::All] {
        for state in [Fresh, Stale, FreshWithFactor, StaleWithFactor, WithUnprovedFactor] {
            compare(state, require_mfa).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_options_for_a_passkey_lose_their_link_with_freshness() {
    let app = start().await;
    let ada = app.user("ada").await;
    let begun = ada.passkey_options().await.expect_status(200);
    assert_eq!(begun.links(), ["enrol-passkey"]);
    app.clock.advance(TimeDelta::minutes(16));
    ada.passkey_options().await.expect_problem(STALE.0, STALE.1);
    ada.post(&begun.href("enrol-passkey").unwrap(), &json!({})).await.expect_problem(STALE.0, STALE.1);
}

//! Passkeys: how they are enrolled, and what can be proved with them.

mod domains;
mod enrol;
mod second_step;
mod settings;
mod sign_in;
mod step_up;

use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use usher_testkit::{Answer, Client, Device, Options, PASSWORD, Person, TestApp};

/// A service whose access tokens live long enough for a session to become stale.
async fn start() -> TestApp {
    TestApp::with(options()).await
}

fn options() -> Options {
    Options { access_token_ttl: std::time::Duration::from_hours(1), ..Options::default() }
}

/// A service without rate limits.
async fn unlimited() -> TestApp {
    TestApp::with(Options { rate_limit: false, ..options() }).await
}

/// A user with a passkey.
async fn with_passkey(app: &TestApp, name: &str) -> (Person, Device) {
    let (person, mut device) = (app.user(name).await, Device::new());
    person.enrol_passkey(&mut device).await;
    (person, device)
}

/// The first step of a sign-in, which must succeed.
async fn first_step(client: &Client, username: &str) -> String {
    let answer = client.password_grant(username, PASSWORD).await.expect_problem(400, "mfa_required");
    answer.json["mfa_token"].as_str().unwrap().to_owned()
}

/// Sends a passkey in the second step of a sign-in.
async fn send(client: &Client, mfa_token: &str, ceremony: &Value, credential: &Value) -> Answer {
    let (ceremony, credential) = (ceremony.as_str().unwrap(), credential.to_string());
    let fields = [
        ("grant_type", "urn:usher:grant:mfa"),
        ("mfa_token", mfa_token),
        ("ceremony", ceremony),
        ("credential", credential.as_str()),
    ];
    client.form("/v1/oauth/token", &fields).await
}

/// Proves the passkey of the device in the second step of a sign-in.
async fn second_step(client: &Client, mfa_token: &str, device: &mut Device) -> Answer {
    let options = client.second_step_options(mfa_token).await.expect_status(200).json;
    let credential = device.prove(&options["public_key"]).await;
    send(client, mfa_token, &options["ceremony"], &credential).await
}

/// The session that an answer of the token endpoint has begun.
async fn signed_in(app: &TestApp, answer: &Answer) -> Client {
    app.nobody().with_token(answer.json["access_token"].as_str().unwrap())
}

/// The methods of the caller's session.
async fn methods(client: &Client) -> Value {
    let me = client.get("/v1/me").await.expect_status(200);
    let page = client.get(&me.href("sessions").unwrap()).await.expect_status(200).json;
    let sessions = page["_embedded"]["sessions"].as_array().unwrap();
    sessions.iter().find(|session| session["current"] == true).unwrap()["methods"].clone()
}

/// How many rows the query has.
async fn count(app: &TestApp, query: &str) -> usize {
    app.sql().await.rows(query).await.len()
}

/// How often each status and code was answered.
fn counted(answers: &[Answer]) -> BTreeMap<(u16, String), usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry((answer.status, answer.code().to_owned())).or_default() += 1;
    }
    counts
}

/// The faults of invalid input.
#[track_caller]
fn faults(answer: Answer) -> Vec<String> {
    answer.expect_problem(400, "invalid_input").faults()
}

fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

/// The body of a step-up.
fn passkey(options: &Value, credential: &Value) -> Value {
    json!({ "ceremony": options["ceremony"], "credential": credential })
}

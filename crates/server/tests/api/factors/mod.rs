//! Second factors: how they are enrolled, changed, removed and reset.

mod access;
mod confirm;
mod enrol;
mod manage;
mod recovery_codes;
mod reset;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};
use usher_testkit::{Answer, Person, TestApp};

fn factors_of(owner: &Person) -> String {
    format!("{}/factors", owner.path())
}

fn path_of(owner: &Person, factor: &Value) -> String {
    format!("{}/{}", factors_of(owner), factor["id"].as_str().unwrap())
}

async fn enrol(owner: &Person) -> Value {
    owner.post(&format!("{}/totp", factors_of(owner)), &json!({ "name": "phone" })).await.expect_status(201).json
}

/// The code that an authenticator app with this secret shows (RFC 6238: SHA-1, six digits, 30 seconds).
fn code(secret: &Value, at: DateTime<Utc>) -> String {
    let secret = Secret::try_from_base32(secret.as_str().unwrap()).unwrap();
    let app = Builder::new().with_secret(secret.as_bytes().to_vec()).build_noncompliant();
    app.generate(u64::try_from(at.timestamp()).unwrap()).to_string()
}

async fn confirm(owner: &Person, enrolled: &Value, code: &str) -> Answer {
    owner.post(&format!("{}/confirm", path_of(owner, enrolled)), &json!({ "code": code })).await
}

/// Gives a user an authenticator app, confirmed in this session.
async fn confirmed(app: &TestApp, owner: &Person) -> Value {
    let enrolled = enrol(owner).await;
    confirm(owner, &enrolled, &code(&enrolled["secret"], app.clock.now())).await.expect_status(200).json
}

/// The session was authenticated so long ago that it is not fresh any more.
async fn let_sessions_become_stale(app: &TestApp) {
    app.sql().await.execute("UPDATE sessions SET authenticated_at = created_at - interval '1 day'").await;
}

fn listed(page: &Answer) -> Vec<Value> {
    page.json["_embedded"]["factors"].as_array().unwrap().clone()
}

async fn list(owner: &Person) -> Vec<Value> {
    listed(&owner.get(&factors_of(owner)).await.expect_status(200))
}

/// A user who has a role with these permissions.
async fn delegate(app: &TestApp, name: &str, permissions: &[&str]) -> Person {
    let (admin, person) = (app.admin().await, app.user(name).await);
    let role = json!({ "name": format!("role-of-{name}"), "permissions": permissions });
    admin.post("/v1/roles", &role).await.expect_status(201);
    admin.patch(&person.path(), &json!({ "role": role["name"] })).await.expect_status(200);
    person
}

/// The methods of the caller's session.
async fn methods(person: &Person) -> Value {
    let page = person.get(&format!("{}/sessions", person.path())).await.expect_status(200).json;
    let sessions = page["_embedded"]["sessions"].as_array().unwrap();
    sessions.iter().find(|session| session["current"] == true).unwrap()["methods"].clone()
}

/// The newest audit event with this action about a user.
async fn event(owner: &Person, action: &str) -> Value {
    let events = owner.get(&format!("{}/audit-events?action={action}", owner.path())).await.expect_status(200);
    events.json["_embedded"]["audit_events"][0].clone()
}

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

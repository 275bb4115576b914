//! What callers must have proved: fresh sessions, and second factors that the operator requires.

mod freshness;
mod requirement;
mod sessions;

use chrono::TimeDelta;
use serde_json::{Value, json};
use std::time::Duration;
use usher_testkit::{Answer, Options, PASSWORD, Person, TestApp};

/// Longer than any session is fresh here.
const LONG: Duration = Duration::from_hours(2);

/// A service whose access tokens outlive the freshness of their sessions.
async fn app() -> TestApp {
    with(Options::default()).await
}

async fn with(options: Options) -> TestApp {
    TestApp::with(Options { access_token_ttl: LONG, ..options }).await
}

/// A moment at which no session is fresh that has begun until now.
fn pass_freshness(app: &TestApp) {
    app.clock.advance(TimeDelta::minutes(15));
}

/// Gives a user a second factor, and sessions in which only the password was proved.
async fn enrol(app: &TestApp, person: &Person) {
    app.sql().await.execute(&format!("UPDATE users SET has_factors = true WHERE id = '{}'", person.id)).await;
}

/// Marks the sessions of a user as authenticated with a second factor now.
async fn prove(app: &TestApp, person: &Person) {
    let methods = 1 | 2 | 32;
    let at = app.clock.now().to_rfc3339();
    let set = format!("methods = {methods}, authenticated_at = '{at}'");
    app.sql().await.execute(&format!("UPDATE sessions SET {set} WHERE user_id = '{}'", person.id)).await;
}

fn keys_of(owner: &Person) -> String {
    format!("{}/api-keys", owner.path())
}

fn key_wanted() -> Value {
    json!({ "name": "a script", "scopes": ["account.read"], "current_password": PASSWORD })
}

async fn create_key(owner: &Person) -> Answer {
    owner.post(&keys_of(owner), &key_wanted()).await
}

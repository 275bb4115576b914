//! Proving again, in a session, who one is.

mod guessing;
mod links;
mod marked;
mod proofs;

use chrono::TimeDelta;
use serde_json::{Value, json};
use usher_testkit::{Answer, Authenticator, Client, Options, PASSWORD, Person, TestApp};

const PATH: &str = "/v1/step-up";

/// A service whose access tokens live long enough for a session to become stale.
async fn start() -> TestApp {
    TestApp::with(options()).await
}

fn options() -> Options {
    Options { access_token_ttl: std::time::Duration::from_hours(1), ..Options::default() }
}

/// A user with an authenticator app, in a session that is not fresh any more.
async fn stale_with_totp(app: &TestApp) -> (Person, Authenticator) {
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    app.clock.advance(TimeDelta::minutes(16));
    (ada, authenticator)
}

async fn step_up(client: &Client, body: &Value) -> Answer {
    client.post(PATH, body).await
}

async fn with_otp(client: &Client, code: &str) -> Answer {
    step_up(client, &json!({ "password": PASSWORD, "otp": code })).await
}

/// Whether the session is fresh: the root offers no step-up.
async fn is_fresh(client: &Client) -> bool {
    !client.get("/v1").await.expect_status(200).links().contains(&"step-up".to_owned())
}

//! Rate limits: of guesses at passwords, by account and by client address, and of requests that reveal who exists.

mod accounts;
mod addresses;
mod lift;
mod networks;
mod records;

use chrono::TimeDelta;
use serde_json::json;
use usher_testkit::{Answer, Options, Person, TestApp};

const TOKEN: &str = "/v1/oauth/token";
const HOME: &str = "192.0.2.1";
const AWAY: &str = "198.51.100.7";

/// A service behind a proxy that sends the client's address.
async fn behind_a_proxy() -> TestApp {
    TestApp::with(proxied()).await
}

fn proxied() -> Options {
    Options { trusted_proxies: vec!["127.0.0.0/8".to_owned()], ..Options::default() }
}

/// A sign-in from that address.
async fn sign_in(app: &TestApp, from: &str, username: &str, password: &str) -> Answer {
    let body = format!("grant_type=password&username={username}&password={password}");
    let request = app
        .nobody()
        .request("POST", TOKEN)
        .header("x-forwarded-for", from)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    Answer::to(request).await
}

/// Six failures, one more than are free, and four after the resulting waits: the next one has to wait for 16 s.
async fn fail_too_often(app: &TestApp, fail: impl AsyncFn()) {
    for _ in 0..6 {
        fail().await;
    }
    fail_after_each_wait(app, fail).await;
}

/// After the first failure that is not free.
async fn fail_after_each_wait(app: &TestApp, fail: impl AsyncFn()) {
    for delay in [1, 2, 4, 8] {
        app.clock.advance(TimeDelta::seconds(delay));
        fail().await;
    }
}

async fn guess_wrong(app: &TestApp, from: &str, username: &str) {
    sign_in(app, from, username, "wrong").await.expect_problem(400, "invalid_grant");
}

async fn guess_too_often(app: &TestApp, from: &str, username: &str) {
    fail_too_often(app, async || guess_wrong(app, from, username).await).await;
}

/// Fails unless the response asks to wait for this many seconds, or for less because time has passed, but for more than half
/// of them: that was the previous wait.
#[track_caller]
fn waits(answer: &Answer, seconds: i64) {
    assert_eq!((answer.status, answer.code()), (429, "too_many_attempts"), "{}", answer.text);
    let retry_after: i64 = answer.header("retry-after").parse().unwrap();
    assert!((seconds / 2 + 1..=seconds).contains(&retry_after), "{retry_after} instead of {seconds}");
}

async fn guess_too_often_at_proof(app: &TestApp, person: &Person) {
    let body = json!({ "current_password": "wrong", "new_password": "difference-engine-1822" });
    fail_too_often(app, async || {
        person.put(&format!("{}/password", person.path()), &body).await.expect_status(400);
    })
    .await;
}

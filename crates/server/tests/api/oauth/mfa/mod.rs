//! Signing in with a second factor.

mod binding;
mod concurrency;
mod first_step;
mod guessing;
mod records;
mod second_step;

use usher_testkit::{Answer, Client, Options, PASSWORD, TestApp};

const GRANT_TYPE: &str = "urn:usher:grant:mfa";
const TOKEN: &str = "/v1/oauth/token";

/// The second step, with these parameters besides the grant type.
async fn second_step(client: &Client, parameters: &[(&str, &str)]) -> Answer {
    client.form(TOKEN, &[&[("grant_type", GRANT_TYPE)], parameters].concat()).await
}

async fn send_otp(client: &Client, mfa_token: &str, code: &str) -> Answer {
    second_step(client, &[("mfa_token", mfa_token), ("otp", code)]).await
}

async fn send_recovery_code(client: &Client, mfa_token: &str, code: &str) -> Answer {
    second_step(client, &[("mfa_token", mfa_token), ("recovery_code", code)]).await
}

/// The first step, which must succeed.
async fn first_step(client: &Client, username: &str) -> String {
    token_of(&client.password_grant(username, PASSWORD).await)
}

/// The token in the answer to the first step.
#[track_caller]
fn token_of(answer: &Answer) -> String {
    let answer = answer.clone().expect_problem(400, "mfa_required");
    answer.json["mfa_token"].as_str().unwrap().to_owned()
}

/// An error of the second step, whose `error` is `invalid_grant`.
#[track_caller]
fn refused(answer: Answer, code: &str) {
    let answer = answer.expect_problem(400, code);
    assert_eq!(answer.json["error"], "invalid_grant");
}

/// A service without rate limits.
async fn unlimited() -> TestApp {
    TestApp::with(Options { rate_limit: false, ..Options::default() }).await
}

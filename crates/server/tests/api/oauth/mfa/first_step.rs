//! The first step: the password.

use super::{first_step, send_recovery_code, unlimited};
use serde_json::json;
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use usher_testkit::{Answer, HasherConfig, Options, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_of_a_user_with_a_factor_begins_no_session() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    app.nobody().password_grant("ada", PASSWORD).await.expect_status(200);
    app.enrol_totp(&ada).await;
    let before = app.sql().await.rows("SELECT id FROM sessions").await;
    let answer = app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "mfa_required");
    let members: BTreeSet<_> = answer.json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members.into_iter().collect::<Vec<_>>(), ["error", "error_description", "mfa_methods", "mfa_token"]);
    assert_eq!(answer.json["mfa_methods"], json!(["totp", "recovery_code"]));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(app.sql().await.rows("SELECT id FROM sessions").await, before);
    let stored = app.sql().await.rows("SELECT encode(digest, 'escape') AS digest, * FROM mfa_tokens").await;
    assert_eq!(stored.len(), 1);
    assert!(!format!("{stored:?}").contains(answer.json["mfa_token"].as_str().unwrap()), "only a digest rests");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authenticator_app_that_is_not_confirmed_is_not_asked_for() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    ada.post(&format!("{}/factors/totp", ada.path()), &json!({})).await.expect_status(201);
    app.nobody().password_grant("ada", PASSWORD).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_codes_are_a_method_while_some_are_left() {
    let app = unlimited().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let nobody = app.nobody();
    for code in &authenticator.recovery_codes {
        let answer = nobody.password_grant("ada", PASSWORD).await;
        assert_eq!(answer.json["mfa_methods"], json!(["totp", "recovery_code"]));
        let token = super::token_of(&answer);
        send_recovery_code(&nobody, &token, code).await.expect_status(200);
    }
    let answer = nobody.password_grant("ada", PASSWORD).await.expect_problem(400, "mfa_required");
    assert_eq!(answer.json["mfa_methods"], json!(["totp"]));
}

/// What an answer says, without what differs by chance.
fn shown(answer: &Answer) -> (u16, String, Vec<String>) {
    let names = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
    (answer.status, answer.text.clone(), names)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_does_not_tell_whether_there_is_a_factor() {
    let hashing = HasherConfig { cost: 11, threads: 2, max_wait: Duration::from_mins(1) };
    let app = TestApp::with(Options { hashing, rate_limit: false, ..Options::default() }).await;
    let ada = app.user("ada").await;
    app.nobody().register("bob").await.expect_status(201);
    app.enrol_totp(&ada).await;
    let nobody = app.nobody();
    let mut shortest = [Duration::MAX; 3];
    let mut answers = Vec::new();
    for _ in 0..5 {
        for (name, shortest) in ["ada", "bob", "nobody"].into_iter().zip(&mut shortest) {
            let sent_at = Instant::now();
            let answer = nobody.password_grant(name, "wrong").await.expect_problem(400, "invalid_grant");
            *shortest = sent_at.elapsed().min(*shortest);
            answers.push(shown(&answer));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    // Nearly all of the time is that of one hash at cost 11; without it a sign-in would take a small part of this.
    let (least, most) = (shortest.iter().min().unwrap(), shortest.iter().max().unwrap());
    assert!(*most < *least * 4, "{shortest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_not_sign_in_is_not_asked_for_a_factor() {
    let app = TestApp::with(Options { require_verified_email: true, rate_limit: false, ..Options::default() }).await;
    app.sql().await.execute("UPDATE users SET email_verified = true").await;
    app.nobody().register("ada").await.expect_status(201);
    app.sql().await.execute("UPDATE users SET email_verified = true").await;
    let ada = app.nobody().sign_in("ada", PASSWORD).await;
    app.enrol_totp(&ada).await;
    first_step(&app.nobody(), "ada").await;
    let wrong = shown(&app.nobody().password_grant("ada", "wrong").await);
    for state in ["email_verified = false", "email_verified = true, status = 'suspended'"] {
        app.sql().await.execute(&format!("UPDATE users SET {state} WHERE username = 'ada'")).await;
        let answer = app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");
        assert_eq!(shown(&answer), wrong, "{state}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_is_renewed_and_the_sign_in_that_renews_it_goes_on() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    // `PASSWORD` by bcrypt at cost 5.
    let hash = "$2b$05$abcdefghijklmnopqrstuu6g5PAwo4ofK22x/8KxzzH4UnFi30Joa";
    app.sql().await.execute(&format!("UPDATE users SET password_hash = '{hash}' WHERE username = 'ada'")).await;
    let token = first_step(&app.nobody(), "ada").await;
    let renewed = app.sql().await.rows("SELECT password_hash FROM users WHERE username = 'ada'").await;
    assert!(renewed[0]["password_hash"].as_str().unwrap().starts_with("$2b$04$"));
    super::send_otp(&app.nobody(), &token, &authenticator.code(&app)).await.expect_status(200);
}

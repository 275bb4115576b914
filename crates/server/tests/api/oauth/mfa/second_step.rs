//! The second step: one of the factors.

use super::{GRANT_TYPE, TOKEN, first_step, refused, second_step, send_otp, send_recovery_code, unlimited};
use chrono::TimeDelta;
use serde_json::{Value, json};
use usher_testkit::{Answer, Client, TestApp};

/// The session that a token answer has begun, as its user sees it.
async fn session(client: &Client, token: &Value) -> Value {
    let client = client.with_token(token["access_token"].as_str().unwrap());
    let me = client.get("/v1/me").await.expect_status(200);
    let sessions = client.get(&me.href("sessions").unwrap()).await.expect_status(200);
    let sessions = sessions.json["_embedded"]["sessions"].as_array().unwrap().clone();
    sessions.into_iter().find(|session| session["current"] == true).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_code_or_a_recovery_code_begins_the_session() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let nobody = app.nobody();
    let token = first_step(&nobody, "ada").await;
    let by_otp = send_otp(&nobody, &token, &authenticator.code(&app)).await.expect_status(200);
    assert_eq!(session(&nobody, &by_otp.json).await["methods"], json!(["pwd", "otp", "mfa"]));
    let refresh = by_otp.json["refresh_token"].as_str().unwrap();
    let again = nobody.form(TOKEN, &[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await;
    again.expect_status(200);

    let token = first_step(&nobody, "ada").await;
    let code = authenticator.recovery_codes[0].to_uppercase().replace('-', " ");
    let by_recovery_code = send_recovery_code(&nobody, &token, &code).await.expect_status(200);
    let session = session(&nobody, &by_recovery_code.json).await;
    assert_eq!(session["methods"], json!(["pwd", "rc", "mfa"]));
    assert_eq!(session["authenticated_at"], session["created_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_begun_with_a_factor_is_fresh() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let token = first_step(&app.nobody(), "ada").await;
    let answer = send_otp(&app.nobody(), &token, &authenticator.code(&app)).await.expect_status(200);
    let ada = app.nobody().with_token(answer.json["access_token"].as_str().unwrap());
    assert!(!ada.get("/v1").await.links().contains(&"step-up".to_owned()));
    let body = json!({ "password": usher_testkit::PASSWORD, "otp": authenticator.wrong_code(&app) });
    ada.post("/v1/step-up", &body).await.expect_problem(409, "already_fresh");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_accepted_once_on_every_replica() {
    let app = unlimited().await;
    let other = app.replica_with(usher_testkit::Options { rate_limit: false, ..Default::default() }).await;
    other.clock.advance(TimeDelta::seconds(30));
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let code = authenticator.code(&app);
    let tokens = [first_step(&app.nobody(), "ada").await, first_step(&other.nobody(), "ada").await];
    send_otp(&app.nobody(), &tokens[0], &code).await.expect_status(200);
    for replica in [&other, &app] {
        refused(send_otp(&replica.nobody(), &tokens[1], &code).await, "wrong_code");
    }
    let code = &authenticator.recovery_codes[0];
    send_recovery_code(&other.nobody(), &tokens[1], code).await.expect_status(200);
    let token = first_step(&app.nobody(), "ada").await;
    refused(send_recovery_code(&app.nobody(), &token, code).await, "wrong_code");
    // Neither does a code of an earlier step count any more.
    app.next_step();
    app.next_step();
    send_otp(&app.nobody(), &token, &authenticator.code(&app)).await.expect_status(200);
    let token = first_step(&app.nobody(), "ada").await;
    let earlier = authenticator.code_at(app.clock.now() - TimeDelta::seconds(30));
    refused(send_otp(&app.nobody(), &token, &earlier).await, "wrong_code");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_that_confirmed_the_app_does_not_sign_in() {
    let app = unlimited().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let token = first_step(&app.nobody(), "ada").await;
    let confirming = authenticator.code_at(app.clock.now() - TimeDelta::seconds(30));
    refused(send_otp(&app.nobody(), &token, &confirming).await, "wrong_code");
    // The clock of the app may be a step ahead, but not two.
    let in_two = authenticator.code_at(app.clock.now() + TimeDelta::seconds(90));
    refused(send_otp(&app.nobody(), &token, &in_two).await, "wrong_code");
    let next = authenticator.code_at(app.clock.now() + TimeDelta::seconds(30));
    send_otp(&app.nobody(), &token, &next).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_another_user_is_wrong() {
    let app = unlimited().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let (hers, his) = (app.enrol_totp(&ada).await, app.enrol_totp(&bob).await);
    let token = first_step(&app.nobody(), "ada").await;
    refused(send_otp(&app.nobody(), &token, &his.code(&app)).await, "wrong_code");
    refused(send_recovery_code(&app.nobody(), &token, &his.recovery_codes[0]).await, "wrong_code");
    send_otp(&app.nobody(), &token, &hers.code(&app)).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_or_expired_token_uses_up_no_code() {
    let app = unlimited().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let nobody = app.nobody();
    let [used, expired] = [first_step(&nobody, "ada").await, first_step(&nobody, "ada").await];
    send_recovery_code(&nobody, &used, &authenticator.recovery_codes[0]).await.expect_status(200);
    app.clock.advance(TimeDelta::minutes(5));
    let code = authenticator.code(&app);
    let unknown = "A".repeat(43);
    for token in [&used, &expired, &unknown, "short"] {
        refused(send_otp(&nobody, token, &code).await, "mfa_token_spent");
        refused(send_recovery_code(&nobody, token, &authenticator.recovery_codes[1]).await, "mfa_token_spent");
    }
    let token = first_step(&nobody, "ada").await;
    send_otp(&nobody, &token, &code).await.expect_status(200);
    let token = first_step(&nobody, "ada").await;
    app.clock.advance(TimeDelta::minutes(5) - TimeDelta::seconds(2));
    send_recovery_code(&nobody, &token, &authenticator.recovery_codes[1]).await.expect_status(200);
    app.clock.advance(TimeDelta::minutes(5));
    app.cleanup().await;
    assert!(app.sql().await.rows("SELECT FROM mfa_tokens").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn five_proofs_are_heard_with_a_token_also_without_rate_limits() {
    let app = unlimited().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let nobody = app.nobody();
    let token = first_step(&nobody, "ada").await;
    for proof in 0..5 {
        // What has not the form of a code is not heard.
        refused(send_otp(&nobody, &token, "12345").await, "wrong_code");
        let answer = match proof {
            3 => send_recovery_code(&nobody, &token, "0000-0000-0000-0000").await,
            _ => send_otp(&nobody, &token, &authenticator.wrong_code(&app)).await,
        };
        refused(answer, "wrong_code");
    }
    let code = authenticator.code(&app);
    refused(send_otp(&nobody, &token, &code).await, "mfa_token_spent");
    let token = first_step(&nobody, "ada").await;
    for _ in 0..4 {
        refused(send_otp(&nobody, &token, &authenticator.wrong_code(&app)).await, "wrong_code");
    }
    send_otp(&nobody, &token, &code).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_repeated_and_several_proofs_are_an_invalid_request() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let nobody = app.nobody();
    let token = first_step(&nobody, "ada").await;
    let (code, recovery_code) = (authenticator.code(&app), authenticator.recovery_codes[0].clone());
    let (token, code, recovery_code) = (token.as_str(), code.as_str(), recovery_code.as_str());
    for parameters in [
        &[("mfa_token", token)][..],
        &[("otp", code)],
        &[("mfa_token", ""), ("otp", code)],
        &[("mfa_token", token), ("otp", "")],
        &[("mfa_token", token), ("otp", code), ("recovery_code", recovery_code)],
        &[("mfa_token", token), ("otp", code), ("otp", code)],
        &[("mfa_token", token), ("mfa_token", token), ("otp", code)],
        &[("mfa_token", token), ("password", usher_testkit::PASSWORD)],
    ] {
        second_step(&nobody, parameters).await.expect_problem(400, "invalid_request");
    }
    // Unknown parameters are ignored, empty ones count as absent.
    let parameters =
        [("mfa_token", token), ("otp", code), ("recovery_code", ""), ("client_id", "app"), ("scope", "openid")];
    second_step(&nobody, &parameters).await.expect_status(200);
    let form = [("grant_type", "urn:usher:grant:other"), ("mfa_token", token), ("otp", code)];
    nobody.form(TOKEN, &form).await.expect_problem(400, "unsupported_grant_type");
    assert_ne!(GRANT_TYPE, form[0].1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_code_is_wrong_and_is_not_counted() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let nobody = app.nobody();
    let token = first_step(&nobody, "ada").await;
    for _ in 0..3 {
        for code in ["12345", "123456789", "not a code", "１２３４５６"] {
            refused(send_otp(&nobody, &token, code).await, "wrong_code");
        }
        for code in ["short", "wrong-code", "0000-0000-0000-000", "0000-0000-0000-000?"] {
            refused(send_recovery_code(&nobody, &token, code).await, "wrong_code");
        }
    }
    let counted = app.sql().await.rows("SELECT proofs, second_factor_failures FROM mfa_tokens, users").await;
    assert!(counted.iter().all(|row| row["proofs"] == 0 && row["second_factor_failures"] == 0), "{counted:?}");
    send_otp(&nobody, &token, &authenticator.code(&app)).await.expect_status(200);
    // A token that is spent is reported first.
    refused(send_otp(&nobody, &token, "12345").await, "mfa_token_spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_cannot_be_decrypted_accepts_no_code_and_no_code_is_counted() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let broken = "UPDATE factors SET secret = set_byte(secret, 20, 255 - get_byte(secret, 20)) WHERE type = 'totp'";
    app.sql().await.execute(broken).await;
    let counted = async || {
        let (mut sql, failures) = (app.sql().await, "SELECT second_factor_failures FROM users WHERE username = 'ada'");
        let failures = sql.rows(failures).await[0]["second_factor_failures"].clone();
        (failures, sql.rows("SELECT FROM throttles").await.len(), sql.rows("SELECT FROM audit_events").await.len())
    };
    let before = counted().await;
    let nobody = app.nobody();
    let token = first_step(&nobody, "ada").await;
    // More than a token hears, and than are free.
    for _ in 0..10 {
        refused(send_otp(&nobody, &token, &authenticator.code(&app)).await, "wrong_code");
    }
    assert_eq!(counted().await, before);
    send_recovery_code(&nobody, &token, &authenticator.recovery_codes[0]).await.expect_status(200);

    // Beside an app whose secret is readable, it is a guess.
    let readable = app.enrol_totp(&ada).await;
    let token = first_step(&nobody, "ada").await;
    for _ in 0..5 {
        refused(send_otp(&nobody, &token, &authenticator.code(&app)).await, "wrong_code");
    }
    assert_eq!(counted().await.0, 5);
    let token = first_step(&nobody, "ada").await;
    send_otp(&nobody, &token, &readable.code(&app)).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_the_token_endpoint_is_that_of_a_password() {
    let app = TestApp::start().await;
    let request = app.nobody().request("GET", "/v1").header("accept", "application/prs.hal-forms+json");
    let root = Answer::to(request).await.expect_status(200);
    let properties = root.json["_templates"]["token"]["properties"].as_array().unwrap().clone();
    let names: Vec<_> = properties.iter().map(|property| property["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["grant_type", "username", "password"]);
}

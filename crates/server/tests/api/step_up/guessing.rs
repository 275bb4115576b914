//! Guesses in a step-up are limited like other guesses.

use super::{options, stale_with_totp, start, step_up, with_otp};
use chrono::TimeDelta;
use serde_json::json;
use usher_testkit::{Options, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_are_throttled_with_those_of_other_operations() {
    let app = start().await;
    let (ada, authenticator) = stale_with_totp(&app).await;
    let code = authenticator.code(&app);
    let change = json!({ "current_password": "wrong", "new_password": "another-good-one-77" });
    for n in 0..6 {
        if n % 2 == 0 {
            step_up(&ada, &json!({ "password": "wrong", "otp": code })).await.expect_status(400);
        } else {
            ada.put(&format!("{}/password", ada.path()), &change).await.expect_status(400);
        }
    }
    with_otp(&ada, &code).await.expect_problem(429, "too_many_attempts");
    app.clock.advance(TimeDelta::seconds(2));
    with_otp(&ada, &code).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_are_throttled_with_those_of_sign_ins_and_by_their_kind() {
    let app = start().await;
    let (ada, authenticator) = stale_with_totp(&app).await;
    let nobody = app.nobody();
    let token = nobody.password_grant("ada", PASSWORD).await.expect_problem(400, "mfa_required").json;
    let token = token["mfa_token"].as_str().unwrap();
    let wrong = authenticator.wrong_code(&app);
    let form = [("grant_type", "urn:usher:grant:mfa"), ("mfa_token", token), ("otp", &wrong)];
    for _ in 0..3 {
        nobody.form("/v1/oauth/token", &form).await.expect_problem(400, "wrong_code");
        with_otp(&ada, &wrong).await.expect_status(400);
    }
    with_otp(&ada, &authenticator.code(&app)).await.expect_problem(429, "too_many_attempts");
    nobody.form("/v1/oauth/token", &form).await.expect_problem(429, "too_many_attempts");
    let body = json!({ "password": PASSWORD, "recovery_code": authenticator.recovery_codes[0] });
    step_up(&ada, &body).await.expect_status(200);
    let failures = app.sql().await.rows("SELECT second_factor_failures FROM users WHERE username = 'ada'").await;
    assert_eq!(failures[0]["second_factor_failures"], 0, "a success forgets them");
    let code = authenticator.code(&app);
    let form = [("grant_type", "urn:usher:grant:mfa"), ("mfa_token", token), ("otp", &code)];
    nobody.form("/v1/oauth/token", &form).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_in_a_row_are_counted_with_those_of_sign_ins_also_without_rate_limits() {
    let app = TestApp::with(Options { rate_limit: false, ..options() }).await;
    let (ada, authenticator) = stale_with_totp(&app).await;
    for _ in 0..100 {
        assert_eq!(with_otp(&ada, &authenticator.wrong_code(&app)).await.faults(), ["/otp wrong_code"]);
    }
    assert_eq!(with_otp(&ada, &authenticator.code(&app)).await.faults(), ["/otp wrong_code"]);
    app.all_mail_sent().await;
    let mails = app.mails_to("ada@example.com", 1).await;
    let warnings = mails.iter().filter(|mail| mail.subject == "Somebody knows your password").count();
    assert_eq!(warnings, 1);
    let body = json!({ "password": PASSWORD, "recovery_code": authenticator.recovery_codes[0] });
    step_up(&ada, &body).await.expect_status(200);
    app.clock.advance(TimeDelta::minutes(16));
    with_otp(&ada, &authenticator.code(&app)).await.expect_status(200);
}

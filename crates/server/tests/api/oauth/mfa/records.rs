//! What is recorded of second steps, and which mails they cause.

use super::{first_step, refused, send_otp, send_recovery_code, unlimited};
use serde_json::{Value, json};
use usher_testkit::{Authenticator, TestApp};

const WARNING: &str = "Somebody knows your password";
const USED: &str = "A recovery code of your account was used";

/// The events about signing in, oldest first.
async fn trail(app: &TestApp) -> Vec<Value> {
    let query = "SELECT action, outcome, changes FROM audit_events \
        WHERE action IN ('signed_in', 'sign_in_refused', 'recovery_code_used') ORDER BY id";
    app.sql().await.rows(query).await
}

/// How many mails with this subject the user got.
async fn mails(app: &TestApp, subject: &str) -> usize {
    app.all_mail_sent().await;
    app.mails().iter().filter(|mail| mail.to == "ada@example.com" && mail.subject == subject).count()
}

async fn fail(app: &TestApp, authenticator: &Authenticator, times: usize) {
    let token = first_step(&app.nobody(), "ada").await;
    for _ in 0..times {
        refused(send_otp(&app.nobody(), &token, &authenticator.wrong_code(app)).await, "wrong_code");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_step_is_audited_and_the_first_alone_is_not() {
    let app = unlimited().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let before = trail(&app).await.len();
    let token = first_step(&app.nobody(), "ada").await;
    assert_eq!(trail(&app).await.len(), before);
    refused(send_otp(&app.nobody(), &token, &authenticator.wrong_code(&app)).await, "wrong_code");
    send_recovery_code(&app.nobody(), &token, &authenticator.recovery_codes[0]).await.expect_status(200);
    refused(send_otp(&app.nobody(), &token, &authenticator.code(&app)).await, "mfa_token_spent");
    let used = json!([{ "field": "recovery_codes", "from": "10", "to": "9" }]);
    let expected = json!([
        { "action": "sign_in_refused", "outcome": "refused", "changes": [] },
        { "action": "recovery_code_used", "outcome": "success", "changes": used },
        { "action": "signed_in", "outcome": "success", "changes": [] },
    ]);
    assert_eq!(json!(trail(&app).await[before..]), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_recovery_code_is_mailed_and_the_factor_has_one_less() {
    let app = unlimited().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let factors = format!("{}/factors", ada.path());
    let codes = async || {
        let list = ada.get(&factors).await.expect_status(200);
        let factors = list.json["_embedded"]["factors"].as_array().unwrap().clone();
        let codes = factors.into_iter().find(|factor| factor["type"] == "recovery_codes").unwrap();
        ada.get(&format!("{}/factors/{}", ada.path(), codes["id"].as_str().unwrap())).await.expect_status(200)
    };
    let before = codes().await;
    assert_eq!(before.json["remaining"], 10);
    let token = first_step(&app.nobody(), "ada").await;
    assert_eq!(mails(&app, USED).await, 0);
    send_recovery_code(&app.nobody(), &token, &authenticator.recovery_codes[3]).await.expect_status(200);
    let after = codes().await;
    assert_eq!(after.json["remaining"], 9);
    assert!(!after.json["last_used_at"].is_null());
    assert_ne!(after.header("etag"), before.header("etag"));
    assert_eq!(mails(&app, USED).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_mailed_once_after_five_failures_in_a_row() {
    let app = unlimited().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    fail(&app, &authenticator, 4).await;
    assert_eq!(mails(&app, WARNING).await, 0);
    fail(&app, &authenticator, 1).await;
    assert_eq!(mails(&app, WARNING).await, 1);
    fail(&app, &authenticator, 5).await;
    fail(&app, &authenticator, 5).await;
    assert_eq!(mails(&app, WARNING).await, 1);
    // A success begins a new row.
    let token = first_step(&app.nobody(), "ada").await;
    send_otp(&app.nobody(), &token, &authenticator.code(&app)).await.expect_status(200);
    fail(&app, &authenticator, 4).await;
    assert_eq!(mails(&app, WARNING).await, 1);
    let token = first_step(&app.nobody(), "ada").await;
    refused(send_recovery_code(&app.nobody(), &token, "0000-0000-0000-0000").await, "wrong_code");
    assert_eq!(mails(&app, WARNING).await, 2);
}

//! Somebody who is no admin changes the e-mail address of another user.

use serde_json::{Value, json};
use usher_testkit::{PASSWORD, Person, TestApp};

const REQUEST: &str = "/v1/password-resets";
const CONFIRM: &str = "/v1/password-resets/confirm";
const NEW: &str = "difference-engine-1822";

/// A user who may change users without being an admin.
async fn manager(app: &TestApp) -> Person {
    app.user_with("manager", "manager", &["users.read", "users.update"]).await
}

async fn change(app: &TestApp, by: &Person, user: &Person, email: &str) -> Value {
    let changed = by.patch(&user.path(), &json!({ "email": email })).await.expect_status(200).json;
    let events = format!("{}/audit-events?action=user_updated", user.path());
    let events = app.admin().await.get(&events).await.expect_status(200).json;
    let written = events["_embedded"]["audit_events"][0]["changes"].as_array().unwrap();
    let mut fields: Vec<_> = written.iter().map(|change| change["field"].clone()).collect();
    fields.sort_by_key(Value::to_string);
    assert_eq!(changed["email"], email);
    fields.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_is_closed_to_everyone_who_had_access_to_it() {
    let app = TestApp::start().await;
    let (manager, ada) = (manager(&app).await, app.user("ada").await);
    app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    let mailed: Vec<_> = app.mails_to("ada@example.com", 2).await.iter().map(|mail| mail.token().to_owned()).collect();
    let key = json!({ "name": "script", "scopes": ["account.read"], "current_password": PASSWORD });
    let key = ada.post(&format!("{}/api-keys", ada.path()), &key).await.expect_status(201).json;
    let script = app.nobody().with_token(key["key"].as_str().unwrap());
    script.get("/v1/me").await.expect_status(200);
    let fields = change(&app, &manager, &ada, "ada@example.net").await;
    assert_eq!(fields, json!(["api_keys", "email", "password", "sessions"]));
    script.get("/v1/me").await.expect_problem(401, "invalid_token");

    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", ada.token["refresh_token"].as_str().unwrap())];
    app.nobody().form("/v1/oauth/token", &refresh).await.expect_problem(400, "invalid_grant");
    app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");
    for token in mailed {
        let body = json!({ "token": token, "new_password": NEW });
        app.nobody().post(CONFIRM, &body).await.expect_status(400);
        app.nobody().post("/v1/email-verifications/confirm", &json!({ "token": token })).await.expect_status(400);
    }
    let notice = app.mail_to("ada@example.com", 4).await;
    assert_eq!(notice.subject, "Your e-mail address was changed");

    // The reader of the new address chooses a new password.
    app.mail_to("ada@example.net", 1).await;
    app.nobody().post(REQUEST, &json!({ "email": "ada@example.net" })).await.expect_status(202);
    let token = app.mail_to("ada@example.net", 2).await.token().to_owned();
    app.nobody().post(CONFIRM, &json!({ "token": token, "new_password": NEW })).await.expect_status(204);
    app.nobody().sign_in("ada", NEW).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_who_does_it_ends_no_session_and_leaves_the_password() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let fields = change(&app, &admin, &ada, "ada@example.net").await;
    assert_eq!(fields, json!(["email"]));
    ada.get("/v1/me").await.expect_status(200);
    app.nobody().sign_in("ada", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_username_or_spelling_of_the_address_closes_nothing() {
    let app = TestApp::start().await;
    let (manager, ada) = (manager(&app).await, app.user("ada").await);
    assert_eq!(change(&app, &manager, &ada, "ada@EXAMPLE.com").await, json!(["email"]));
    manager.patch(&ada.path(), &json!({ "username": "ada2" })).await.expect_status(200);
    let unchanged = json!({ "email": "ada@EXAMPLE.com", "username": "ada2" });
    manager.patch(&ada.path(), &unchanged).await.expect_status(200);
    ada.get("/v1/me").await.expect_status(200);
    app.nobody().sign_in("ada2", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_does_it_upwards_and_without_the_permission() {
    let app = TestApp::start().await;
    let (manager, ada) = (manager(&app).await, app.user("ada").await);
    let auditor = app.user_with("auditor", "auditor", &["users.read", "audit.read"]).await;
    let body = json!({ "email": "taken-over@example.net" });
    manager.patch(&auditor.path(), &body).await.expect_problem(403, "not_allowed");
    manager.patch(&app.admin().await.path(), &body).await.expect_problem(403, "not_allowed");
    auditor.patch(&ada.path(), &body).await.expect_problem(403, "not_allowed");
    app.role("assigner", &["users.read", "users.assign-role"]).await;
    app.give(&auditor, "assigner").await;
    assert_eq!(auditor.patch(&ada.path(), &body).await.expect_status(400).faults(), ["/email not_writable"]);
    ada.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn their_own_new_address_waits_to_be_confirmed_as_usual() {
    let app = TestApp::start().await;
    let manager = manager(&app).await;
    let body = json!({ "email": "manager@example.net", "current_password": PASSWORD });
    let changed = manager.patch(&manager.path(), &body).await.expect_status(200).json;
    assert_eq!((&changed["email"], &changed["pending_email"]), (&json!("manager@example.com"), &body["email"]));
    manager.get("/v1/me").await.expect_status(200);
}

//! Token introspection (RFC 7662).

use super::token;
use chrono::TimeDelta;
use serde_json::{Value, json};
use usher_domain::Permission;
use usher_testkit::{Answer, Options, TestApp};

const SECRET: &str = "a-secret-of-the-billing-service";

async fn with_a_service() -> TestApp {
    let introspection_clients = format!("billing:{SECRET}");
    TestApp::with(Options { introspection_clients, ..Options::default() }).await
}

async fn introspect(app: &TestApp, token: &str) -> Value {
    app.nobody().introspect("billing", SECRET, token).await.expect_status(200).json
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_sees_the_present_state_of_a_token() {
    let app = with_a_service().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let access = introspect(&app, token(&ada, "access_token")).await;
    assert_eq!(access["active"], true);
    assert_eq!(access["sub"], ada.id);
    let shown =
        ["username", "role", "token_type", "client_id", "iss", "aud"].map(|name| access[name].as_str().unwrap());
    assert_eq!(shown, ["ada", "user", "Bearer", "usher", "http://usher.test", "http://usher.test"]);
    let refresh = introspect(&app, token(&ada, "refresh_token")).await;
    assert_eq!((&refresh["active"], &refresh["sid"]), (&json!(true), &access["sid"]));
    assert_eq!(refresh.get("token_type"), None);

    assert_eq!(access["permissions"], json!([]));

    admin.patch(&ada.path(), &json!({ "role": "admin" })).await.expect_status(200);
    let access = introspect(&app, token(&ada, "access_token")).await;
    assert_eq!((&access["role"], &access["permissions"]), (&json!("admin"), &json!(Permission::NAMES)));
    app.role("support", &["users.read", "users.lift-throttle", "a.later-release"]).await;
    admin.patch(&ada.path(), &json!({ "role": "support" })).await.expect_status(200);
    let refresh = introspect(&app, token(&ada, "refresh_token")).await;
    assert_eq!(refresh["role"], "support");
    assert_eq!(refresh["permissions"], json!(["users.lift-throttle", "users.read"]));
    app.sql().await.execute("UPDATE roles SET permissions = '{}'").await;
    assert_eq!(introspect(&app, token(&ada, "access_token")).await["permissions"], json!([]), "as they are now");
    admin.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
    for name in ["access_token", "refresh_token"] {
        assert_eq!(introspect(&app, token(&ada, name)).await, json!({ "active": false }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_spent_expired_or_unknown_are_not_active() {
    let app = with_a_service().await;
    let ada = app.user("ada").await;
    let grant = [("grant_type", "refresh_token"), ("refresh_token", token(&ada, "refresh_token"))];
    let next = app.nobody().form("/v1/oauth/token", &grant).await.expect_status(200).json;
    assert_eq!(introspect(&app, token(&ada, "refresh_token")).await, json!({ "active": false }));
    assert_eq!(introspect(&app, next["refresh_token"].as_str().unwrap()).await["active"], true);
    app.clock.advance(TimeDelta::minutes(16));
    assert_eq!(introspect(&app, token(&ada, "access_token")).await, json!({ "active": false }));
    assert_eq!(introspect(&app, "nonsense").await, json!({ "active": false }));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_services_with_a_credential_may_look_at_tokens() {
    let app = with_a_service().await;
    let ada = app.user("ada").await;
    let own = token(&ada, "access_token");
    for (id, secret) in [("billing", "wrong-secret-of-billing"), ("mail", SECRET), ("", "")] {
        let refused = app.nobody().introspect(id, secret, own).await.expect_problem(401, "invalid_client");
        assert!(refused.header("www-authenticate").starts_with("Basic "));
    }
    ada.form("/v1/oauth/introspect", &[("token", own)]).await.expect_problem(401, "invalid_client");
    let without = TestApp::start().await;
    without.nobody().introspect("billing", SECRET, own).await.expect_problem(401, "invalid_client");
    let request = app.nobody().request("POST", "/v1/oauth/introspect").basic_auth("billing", Some(SECRET));
    Answer::to(request).await.expect_problem(400, "invalid_request");
}

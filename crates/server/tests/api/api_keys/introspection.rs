//! What other services learn about a key, and the revocation of a key by its holder.

use super::{key, keys, keys_of};
use serde_json::{Value, json};
use usher_testkit::{Options, TestApp};

const SECRET: &str = "a-secret-of-the-billing-service";

async fn with_a_service() -> TestApp {
    let introspection_clients = format!("billing:{SECRET}");
    TestApp::with(Options { introspection_clients, ..Options::default() }).await
}

async fn introspect(app: &TestApp, token: &str) -> Value {
    app.nobody().introspect("billing", SECRET, token).await.expect_status(200).json
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_sees_what_a_key_may_do_now() {
    let app = with_a_service().await;
    let (admin, support) =
        (app.admin().await, app.user_with("support", "role-of-support", &["users.read", "users.suspend"]).await);
    let own = key(&app, &support, &["account.read", "users.read", "users.suspend"]).await;
    let seen = introspect(&app, &own.text).await;
    assert_eq!((&seen["active"], &seen["token_type"]), (&json!(true), &json!("api_key")));
    assert_eq!((&seen["sub"], &seen["username"]), (&json!(support.id), &json!("support")));
    assert_eq!(seen["scope"], "account.read users.read users.suspend");
    assert_eq!(seen["permissions"], json!(["users.read", "users.suspend"]));
    for absent in ["role", "sid", "client_id", "aud"] {
        assert_eq!(seen.get(absent), None, "{absent}");
    }
    let expires_at = seen["exp"].as_i64().unwrap();
    assert!((expires_at - app.clock.now().timestamp() - 90 * 86_400).abs() < 60);

    admin.patch("/v1/roles/role-of-support", &json!({ "permissions": ["users.read"] })).await.expect_status(200);
    let seen = introspect(&app, &own.text).await;
    assert_eq!((&seen["scope"], &seen["permissions"]), (&json!("account.read users.read"), &json!(["users.read"])));
    admin.act(&format!("{}/suspend", support.path())).await.expect_status(200);
    assert_eq!(introspect(&app, &own.text).await, json!({ "active": false }));
    admin.act(&format!("{}/reactivate", support.path())).await.expect_status(200);
    assert_eq!(introspect(&app, &own.text).await["active"], true);
    let typo = format!("{}0", &own.text[..58]);
    if typo != own.text {
        assert_eq!(introspect(&app, &typo).await, json!({ "active": false }));
    }
    admin.delete(&format!("{}/{}", keys_of(&support), own.id)).await.expect_status(204);
    assert_eq!(introspect(&app, &own.text).await, json!({ "active": false }));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_a_key_can_revoke_it() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (one, other) = (key(&app, &ada, &["account.read"]).await, key(&app, &ada, &["account.read"]).await);
    let unknown = "usher_pat_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf0Q8LjU";
    for token in [unknown, "usher_pat_nonsense", one.text.as_str(), one.text.as_str()] {
        let revoked = app.nobody().form("/v1/oauth/revoke", &[("token", token)]).await.expect_status(200);
        assert_eq!(revoked.text, "");
    }
    one.get("/v1/me").await.expect_problem(401, "invalid_token");
    other.get("/v1/me").await.expect_status(200);
    assert_eq!(keys(&ada.get(&keys_of(&ada)).await.expect_status(200)).len(), 1);
    let events = ada.get(&format!("{}/audit-events?action=api_key_revoked", ada.path())).await.expect_status(200);
    let events = events.json["_embedded"]["audit_events"].as_array().unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["changes"], json!([{ "field": "api_key", "from": one.id, "to": null }]));
}

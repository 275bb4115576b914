//! The end of API keys.

use super::{key, keys, keys_of};
use serde_json::json;
use usher_testkit::{PASSWORD, TestApp};

const NEW: &str = "another-good-one-77";

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_at_once() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (one, other) = (key(&app, &ada, &["account.read"]).await, key(&app, &ada, &["account.read"]).await);
    one.get("/v1/me").await.expect_status(200);
    let path = format!("{}/{}", keys_of(&ada), one.id);
    ada.delete(&path).await.expect_status(204);
    one.get("/v1/me").await.expect_problem(401, "invalid_token");
    one.get("/v1").await.expect_problem(401, "invalid_token");
    other.get("/v1/me").await.expect_status(200);
    ada.delete(&path).await.expect_problem(404, "not_found");
    let events = ada.get(&format!("{}/audit-events?action=api_key_revoked", ada.path())).await.expect_status(200);
    let event = &events.json["_embedded"]["audit_events"][0];
    assert_eq!(event["changes"], json!([{ "field": "api_key", "from": one.id, "to": null }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_keys_are_revoked_at_once_and_sessions_go_on() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let keys_of_ada = [key(&app, &ada, &["account.read"]).await, key(&app, &ada, &["account.read"]).await];
    let of_bob = key(&app, &bob, &["account.read"]).await;
    super::expect_insufficient_scope(keys_of_ada[0].delete(&keys_of(&ada)).await);
    bob.delete(&keys_of(&ada)).await.expect_problem(403, "not_allowed");
    ada.delete(&keys_of(&ada)).await.expect_status(204);
    for gone in &keys_of_ada {
        gone.get("/v1/me").await.expect_problem(401, "invalid_token");
    }
    of_bob.get("/v1/me").await.expect_status(200);
    assert_eq!(keys(&ada.get(&keys_of(&ada)).await.expect_status(200)).len(), 0);
    let events = ada.get(&format!("{}/audit-events?action=api_keys_revoked", ada.path())).await.expect_status(200);
    let event = &events.json["_embedded"]["audit_events"][0];
    assert_eq!(event["changes"], json!([{ "field": "api_keys", "from": "2", "to": "0" }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_sessions_ends_no_key() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &["account.read"]).await;
    ada.delete(&format!("{}/sessions", ada.path())).await.expect_status(204);
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    own.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_all_keys_unless_they_are_to_be_kept() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let path = format!("{}/password", ada.path());
    let own = key(&app, &ada, &["account.read"]).await;
    let keep = json!({ "current_password": PASSWORD, "new_password": NEW, "keep_api_keys": true });
    ada.put(&path, &keep).await.expect_status(204);
    own.get("/v1/me").await.expect_status(200);
    for change in [
        json!({ "current_password": NEW, "new_password": PASSWORD, "keep_api_keys": "yes" }),
        json!({ "current_password": "wrong-one-12", "new_password": PASSWORD, "keep_api_keys": false }),
    ] {
        ada.put(&path, &change).await.expect_problem(400, "invalid_input");
        own.get("/v1/me").await.expect_status(200);
    }
    let change = json!({ "current_password": NEW, "new_password": PASSWORD });
    ada.put(&path, &change).await.expect_status(204);
    own.get("/v1/me").await.expect_problem(401, "invalid_token");
    assert_eq!(keys(&ada.get(&keys_of(&ada)).await.expect_status(200)).len(), 0);
    let events = ada.get(&format!("{}/audit-events?action=password_changed", ada.path())).await.expect_status(200);
    let changes = |at: usize| events.json["_embedded"]["audit_events"][at]["changes"].clone();
    let password = json!({ "field": "password", "from": null, "to": null });
    assert_eq!(changes(0), json!([password, { "field": "api_keys", "from": "1", "to": "0" }]));
    assert_eq!(changes(1), json!([password]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_password_ends_all_keys() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &["account.read"]).await;
    app.nobody().post("/v1/password-resets", &json!({ "email": "ada@example.com" })).await.expect_status(202);
    let mails = app.mails_to("ada@example.com", 3).await;
    let link = mails.iter().find(|mail| mail.text.contains("reset-password")).unwrap();
    own.get("/v1/me").await.expect_status(200);
    let reset = json!({ "token": link.token(), "new_password": NEW });
    app.nobody().post("/v1/password-resets/confirm", &reset).await.expect_status(204);
    own.get("/v1/me").await.expect_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_suspended_user_can_be_listed_and_ended() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let (one, other) = (key(&app, &ada, &["account.read"]).await, key(&app, &ada, &["account.read"]).await);
    admin.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
    assert_eq!(keys(&admin.get(&keys_of(&ada)).await.expect_status(200)).len(), 2);
    admin.delete(&format!("{}/{}", keys_of(&ada), one.id)).await.expect_status(204);
    admin.delete(&keys_of(&ada)).await.expect_status(204);
    admin.act(&format!("{}/reactivate", ada.path())).await.expect_status(200);
    for gone in [one, other] {
        gone.get("/v1/me").await.expect_problem(401, "invalid_token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_ends_the_keys_of_a_user_above_them() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let small = ["users.read", "api-keys.read", "api-keys.revoke"];
    let warden = app.user_with("warden", "role-of-warden", &small).await;
    let above = app.user_with("above", "role-of-above", &["users.read", "users.delete"]).await;
    let (of_above, of_admin) = (key(&app, &above, &["users.read"]).await, key(&app, &admin, &["users.read"]).await);
    for (owner, of_owner) in [(&above, &of_above), (&admin, &of_admin)] {
        let path = format!("{}/{}", keys_of(owner), of_owner.id);
        assert_eq!(warden.get(&path).await.expect_status(200).links(), ["self"]);
        assert!(!warden.get(&keys_of(owner)).await.links().contains(&"revoke-all".to_owned()));
        warden.delete(&path).await.expect_problem(403, "not_allowed");
        warden.delete(&keys_of(owner)).await.expect_problem(403, "not_allowed");
        of_owner.get("/v1/users").await.expect_status(200);
    }
    let of_ada = key(&app, &ada, &["account.read"]).await;
    // By a key, one may end the keys of others as far as its scopes allow.
    let by_key = key(&app, &warden, &small).await;
    by_key.delete(&format!("{}/{}", keys_of(&ada), of_ada.id)).await.expect_status(204);
    of_ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    super::expect_insufficient_scope(by_key.delete(&keys_of(&warden)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_users_keys_are_gone() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &["account.read"]).await;
    ada.delete(&ada.path()).await.expect_status(204);
    own.get("/v1/me").await.expect_problem(401, "invalid_token");
    assert!(app.sql().await.rows("SELECT id FROM api_keys").await.is_empty());
}

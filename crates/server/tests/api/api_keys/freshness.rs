//! What was taken from a key or its owner is refused at the next request, on every replica.

use super::{delegate, key, keys_of};
use chrono::TimeDelta;
use serde_json::json;
use usher_testkit::{PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_rests_while_its_owner_is_suspended_and_comes_back() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let own = key(&app, &ada, &["account.read"]).await;
    let there = other.nobody().with_token(&own.text);
    for _ in 0..3 {
        there.get("/v1/me").await.expect_status(200);
        admin.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
        for client in [&own.client, &there] {
            client.get("/v1/me").await.expect_problem(401, "invalid_token");
            client.get("/v1").await.expect_problem(401, "invalid_token");
        }
        admin.act(&format!("{}/reactivate", ada.path())).await.expect_status(200);
        own.get("/v1/me").await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_loses_what_its_owner_loses_and_gets_it_back() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (admin, support) = (app.admin().await, delegate(&app, "support", &["users.read", "users.suspend"]).await);
    let ada = app.user("ada").await;
    let own = key(&app, &support, &["users.read", "users.suspend"]).await;
    let there = other.nobody().with_token(&own.text);
    let role = "/v1/roles/role-of-support";
    for _ in 0..3 {
        there.get("/v1/users").await.expect_status(200);
        assert!(there.get("/v1").await.links().contains(&"users".to_owned()));
        // The role loses a permission.
        admin.patch(role, &json!({ "permissions": ["users.read"] })).await.expect_status(200);
        there.get("/v1/users").await.expect_status(200);
        there.act(&format!("{}/suspend", ada.path())).await.expect_problem(403, "not_allowed");
        // The owner loses the role.
        admin.patch(&support.path(), &json!({ "role": "user" })).await.expect_status(200);
        for client in [&own.client, &there] {
            client.get("/v1/users").await.expect_problem(403, "not_allowed");
            assert!(!client.get("/v1").await.links().contains(&"users".to_owned()));
        }
        admin.patch(role, &json!({ "permissions": ["users.read", "users.suspend"] })).await.expect_status(200);
        admin.patch(&support.path(), &json!({ "role": "role-of-support" })).await.expect_status(200);
        there.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
        there.act(&format!("{}/reactivate", ada.path())).await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_does_not_gain_what_its_owner_gains() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let own = key(&app, &ada, &["account.read"]).await;
    admin.patch(&ada.path(), &json!({ "role": "admin" })).await.expect_status(200);
    super::expect_insufficient_scope(own.get("/v1/users").await);
    super::expect_insufficient_scope(own.get(&admin.path()).await);
    own.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_expires() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let mut body = super::wanted(&["account.read"]);
    body["expires_at"] = json!((app.clock.now() + TimeDelta::hours(1)).to_rfc3339());
    let created = super::create(&ada, &body).await.expect_status(201).json;
    let own = app.nobody().with_token(created["key"].as_str().unwrap());
    app.clock.advance(TimeDelta::minutes(59));
    own.get("/v1/me").await.expect_status(200);
    app.clock.advance(TimeDelta::minutes(2));
    own.get("/v1/me").await.expect_problem(401, "invalid_token");
}

/// A write that began before is judged when it takes effect.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_waits_is_refused_once_its_key_or_its_role_has_changed() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let warden = delegate(&app, "warden", &["users.read", "users.suspend"]).await;
    for (change, status, code) in [
        ("DELETE FROM api_keys", 401, "invalid_token"),
        ("UPDATE api_keys SET expires_at = created_at", 401, "invalid_token"),
        ("UPDATE api_keys SET scopes = '{users.read}'", 403, "insufficient_scope"),
        ("UPDATE roles SET permissions = '{users.read}'", 403, "not_allowed"),
    ] {
        let own = key(&app, &warden, &["users.read", "users.suspend"]).await;
        let mut sql = app.sql().await;
        sql.execute("BEGIN").await;
        sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", ada.id)).await;
        let (client, path) = (own.client.clone(), format!("{}/suspend", ada.path()));
        let waiting = tokio::spawn(async move { client.act(&path).await });
        sql.until_waiting(1).await;
        sql.execute(change).await;
        sql.execute("COMMIT").await;
        waiting.await.unwrap().expect_problem(status, code);
        sql.execute("UPDATE roles SET permissions = '{users.read,users.suspend}'").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_under_way_and_a_write_by_the_key_end_in_one_order() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for round in 0..20 {
        let own = key(&app, &ada, &["account.read", "account.write"]).await;
        let revoke = format!("{}/{}", keys_of(&ada), own.id);
        let rename = json!({ "username": format!("ada{round}") });
        let path = ada.path();
        let (revoked, renamed) = tokio::join!(ada.delete(&revoke), own.patch(&path, &rename));
        revoked.expect_status(204);
        assert!(matches!(renamed.status, 200 | 401), "{}", renamed.text);
        own.patch(&path, &json!({ "username": "later" })).await.expect_problem(401, "invalid_token");
    }
    app.nobody().sign_in("ada@example.com", PASSWORD).await;
}

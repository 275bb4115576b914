//! API keys whose owner has less, may not sign in or has revoked them.

use serde_json::json;
use usher_testkit::{Answer, Client, PASSWORD, Person, TestApp};

/// A new key of this user, and its path.
async fn key(owner: &Person, scopes: &[&str]) -> (String, String) {
    let body = json!({ "name": "script", "scopes": scopes, "current_password": PASSWORD });
    let answer = owner.post(&format!("{}/api-keys", owner.path()), &body).await.expect_status(201);
    let path = format!("{}/api-keys/{}", owner.path(), answer.json["id"].as_str().unwrap());
    (answer.json["key"].as_str().unwrap().to_owned(), path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_at_once_on_every_replica() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let ada = app.user("ada").await;
    for round in 0..5 {
        let (key, path) = key(&ada, &["account.read"]).await;
        let (here, there) = (app.nobody().with_token(&key), other.nobody().with_token(&key));
        for client in [&here, &there] {
            client.get("/v1/me").await.expect_status(200);
        }
        let revoked = if round % 2 == 0 { path } else { format!("{}/api-keys", ada.path()) };
        ada.delete(&revoked).await.expect_status(204);
        for client in [&there, &here] {
            client.get("/v1/me").await.expect_problem(401, "invalid_token");
            client.get("/v1").await.expect_problem(401, "invalid_token");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_only_what_its_owner_may_now_on_every_replica() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let sam = app.user_with("sam", "support", &["users.read", "users.suspend"]).await;
    let (key, _) = key(&sam, &["account.read", "users.read", "users.suspend"]).await;
    let (here, there) = (app.nobody().with_token(&key), other.nobody().with_token(&key));
    let suspend = format!("{}/suspend", ada.path());
    let lists_users = async |client: &Client| client.get("/v1").await.expect_status(200).href("users").is_some();
    for _ in 0..5 {
        there.get("/v1/users").await.expect_status(200);
        assert!(lists_users(&there).await);
        assert!(there.get(&ada.path()).await.href("suspend").is_some());
        // While the owner is suspended, the key is refused.
        admin.act(&format!("{}/suspend", sam.path())).await.expect_status(200);
        for client in [&here, &there] {
            for path in ["/v1", "/v1/me", "/v1/users"] {
                client.get(path).await.expect_problem(401, "invalid_token");
            }
        }
        admin.act(&format!("{}/reactivate", sam.path())).await.expect_status(200);
        for client in [&here, &there] {
            client.get("/v1/users").await.expect_status(200);
        }
        // The role of the owner has less.
        admin.patch("/v1/roles/support", &json!({ "permissions": ["users.read"] })).await.expect_status(200);
        there.act(&suspend).await.expect_problem(403, "not_allowed");
        there.get("/v1/users").await.expect_status(200);
        // The owner has another role.
        admin.patch(&sam.path(), &json!({ "role": "user" })).await.expect_status(200);
        for client in [&here, &there] {
            client.get("/v1/users").await.expect_problem(403, "not_allowed");
            assert!(!lists_users(client).await);
            client.get("/v1/me").await.expect_status(200);
        }
        let all = json!({ "permissions": ["users.read", "users.suspend"] });
        admin.patch("/v1/roles/support", &all).await.expect_status(200);
        admin.patch(&sam.path(), &json!({ "role": "support" })).await.expect_status(200);
        there.act(&suspend).await.expect_status(200);
        there.act(&format!("{}/reactivate", ada.path())).await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_a_former_admin_may_what_is_left() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (admin, second) = (app.admin().await, app.another_admin("second").await);
    let (key, _) = key(&second, &["users.read", "audit.read"]).await;
    let there = other.nobody().with_token(&key);
    there.get("/v1/audit-events").await.expect_status(200);
    app.role("reader", &["users.read"]).await;
    admin.patch(&second.path(), &json!({ "role": "reader" })).await.expect_status(200);
    there.get("/v1/audit-events").await.expect_problem(403, "not_allowed");
    there.get("/v1/users").await.expect_status(200);
    admin.delete(&second.path()).await.expect_status(204);
    there.get("/v1/users").await.expect_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_key_has_ended_or_allows_less_in_the_meantime_is_refused() {
    let app = TestApp::start().await;
    let (admin, target) = (app.admin().await, app.user("target").await);
    let sam = app.user_with("sam", "support", &["users.read", "users.update"]).await;
    for ended in ["the key", "its lifetime", "its scope", "the owner's permission", "the owner"] {
        let (key, path) = key(&sam, &["users.read", "users.update"]).await;
        let script = app.nobody().with_token(&key);
        let mut sql = app.sql().await;
        sql.execute("BEGIN").await;
        sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", target.id)).await;
        let body = json!({ "username": "changed" });
        let write = tokio::spawn(Answer::to(script.request("PATCH", &target.path()).json(&body)));
        app.sql().await.until_waiting(1).await;
        match ended {
            "the key" => drop(sam.delete(&path).await.expect_status(204)),
            "its lifetime" => sql.execute("UPDATE api_keys SET expires_at = created_at").await,
            "its scope" => sql.execute("UPDATE api_keys SET scopes = '{users.read}'").await,
            "the owner's permission" => sql.execute("UPDATE roles SET permissions = '{users.read}'").await,
            _ => drop(admin.act(&format!("{}/suspend", sam.path())).await.expect_status(200)),
        }
        sql.execute("COMMIT").await;
        let answer = write.await.unwrap();
        match ended {
            "its scope" => answer.expect_problem(403, "insufficient_scope"),
            "the owner's permission" => answer.expect_problem(403, "not_allowed"),
            _ => answer.expect_problem(401, "invalid_token"),
        };
        sql.execute("UPDATE roles SET permissions = '{users.read,users.update}'").await;
    }
    assert_eq!(target.get("/v1/me").await.expect_status(200).json["username"], "target");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_keys_on_every_replica_unless_they_are_to_be_kept() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let ada = app.user("ada").await;
    let (key, _) = key(&ada, &["account.read"]).await;
    let there = other.nobody().with_token(&key);
    let (kept, new) = ("another-good-one-77", "a-third-good-one-78");
    let body = json!({ "current_password": PASSWORD, "new_password": kept, "keep_api_keys": true });
    ada.put(&format!("{}/password", ada.path()), &body).await.expect_status(204);
    there.get("/v1/me").await.expect_status(200);
    let body = json!({ "current_password": kept, "new_password": new });
    ada.put(&format!("{}/password", ada.path()), &body).await.expect_status(204);
    there.get("/v1/me").await.expect_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_not_created_once_its_password_or_its_permission_has_changed() {
    let app = TestApp::start().await;
    let sam = app.user_with("sam", "support", &["users.read"]).await;
    let keys = format!("{}/api-keys", sam.path());
    let body = json!({ "name": "script", "scopes": ["users.read"], "current_password": PASSWORD });
    let mut sql = app.sql().await;
    for (change, fault) in [
        ("UPDATE roles SET permissions = '{}'", "/scopes not_held"),
        ("UPDATE users SET role = 'user' WHERE username = 'sam'", "/scopes not_held"),
        ("UPDATE users SET password_hash = 'another' WHERE username = 'sam'", "/current_password wrong_password"),
    ] {
        // The password has been verified, and the write waits for the row of its user.
        sql.execute("BEGIN").await;
        sql.execute("SELECT FROM users WHERE username = 'sam' FOR UPDATE").await;
        let write = tokio::spawn(Answer::to(sam.request("POST", &keys).json(&body)));
        app.sql().await.until_waiting(1).await;
        sql.execute(change).await;
        sql.execute("COMMIT").await;
        assert_eq!(write.await.unwrap().expect_problem(400, "invalid_input").faults(), [fault], "{change}");
        sql.execute("UPDATE roles SET permissions = '{users.read}'").await;
        sql.execute("UPDATE users SET role = 'support' WHERE username = 'sam'").await;
    }
    assert!(sql.rows("SELECT id FROM api_keys").await.is_empty());
}

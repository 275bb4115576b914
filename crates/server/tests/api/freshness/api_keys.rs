//! API keys whose owner has less, may not sign in or has revoked them.

use serde_json::json;
use usher_testkit::{Answer, PASSWORD, Person, TestApp};

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
    app.role("support", &["users.read", "users.suspend"]).await;
    let sam = app.user("sam").await;
    app.give(&sam, "support").await;
    let (key, _) = key(&sam, &["account.read", "users.read", "users.suspend"]).await;
    let there = other.nobody().with_token(&key);
    let suspend = format!("{}/suspend", ada.path());
    for _ in 0..5 {
        there.get("/v1/users").await.expect_status(200);
        assert!(there.get(&ada.path()).await.href("suspend").is_some());
        // The owner is suspended: the key rests.
        admin.act(&format!("{}/suspend", sam.path())).await.expect_status(200);
        there.get("/v1/users").await.expect_problem(401, "invalid_token");
        admin.act(&format!("{}/reactivate", sam.path())).await.expect_status(200);
        there.get("/v1/users").await.expect_status(200);
        // The owner has less.
        admin.patch("/v1/roles/support", &json!({ "permissions": ["users.read"] })).await.expect_status(200);
        there.act(&suspend).await.expect_problem(403, "not_allowed");
        admin.patch(&sam.path(), &json!({ "role": "user" })).await.expect_status(200);
        there.get("/v1/users").await.expect_problem(403, "not_allowed");
        there.get("/v1/me").await.expect_status(200);
        let all = json!({ "permissions": ["users.read", "users.suspend"] });
        admin.patch("/v1/roles/support", &all).await.expect_status(200);
        admin.patch(&sam.path(), &json!({ "role": "support" })).await.expect_status(200);
    }
    there.act(&suspend).await.expect_status(200);
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
async fn a_write_whose_key_was_revoked_in_the_meantime_is_refused() {
    let app = TestApp::start().await;
    let (admin, target) = (app.admin().await, app.user("target").await);
    app.role("support", &["users.read", "users.update"]).await;
    let sam = app.user("sam").await;
    app.give(&sam, "support").await;
    for ended in ["the key", "the owner's role", "the owner"] {
        let (key, path) = key(&sam, &["users.read", "users.update"]).await;
        let script = app.nobody().with_token(&key);
        let mut sql = app.sql().await;
        sql.execute("BEGIN").await;
        sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", target.id)).await;
        let body = json!({ "username": "changed" });
        let write = tokio::spawn(Answer::to(script.request("PATCH", &target.path()).json(&body)));
        app.sql().await.until_waiting(1).await;
        match ended {
            "the key" => sam.delete(&path).await.expect_status(204),
            "the owner's role" => {
                admin.patch("/v1/roles/support", &json!({ "permissions": ["users.read"] })).await.expect_status(200)
            }
            _ => admin.act(&format!("{}/suspend", sam.path())).await.expect_status(200),
        };
        sql.execute("COMMIT").await;
        let answer = write.await.unwrap();
        match ended {
            "the owner's role" => {
                answer.expect_problem(403, "not_allowed");
                let all = json!({ "permissions": ["users.read", "users.update"] });
                admin.patch("/v1/roles/support", &all).await.expect_status(200)
            }
            _ => answer.expect_problem(401, "invalid_token"),
        };
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

//! Permissions that are taken from a role, and roles that are taken from a user.

use serde_json::json;
use usher_testkit::{Answer, Person, TestApp};

async fn set_permissions(by: &Person, role: &str, permissions: &[&str]) {
    by.patch(&format!("/v1/roles/{role}"), &json!({ "permissions": permissions })).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_taken_from_a_role_is_gone_at_once_on_every_replica() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let sam = app.user_with("support-holder", "support", &["users.read", "users.suspend"]).await;
    let there = other.nobody().with_token(sam.access_token().unwrap());
    for _ in 0..10 {
        set_permissions(&admin, "support", &["users.read"]).await;
        for client in [&there, &*sam] {
            client.act(&format!("{}/suspend", ada.path())).await.expect_problem(403, "not_allowed");
            assert_eq!(client.get(&ada.path()).await.expect_status(200).href("suspend"), None);
        }
        set_permissions(&admin, "support", &[]).await;
        for client in [&there, &*sam] {
            client.get("/v1/users").await.expect_problem(403, "not_allowed");
            assert!(!client.get("/v1").await.links().contains(&"users".to_owned()));
        }
        set_permissions(&admin, "support", &["users.read", "users.suspend"]).await;
        assert!(there.get(&ada.path()).await.expect_status(200).href("suspend").is_some());
    }
    there.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_taken_from_a_user_is_gone_at_once_on_every_replica() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (admin, sam) = (app.admin().await, app.user_with("support-holder", "support", &["users.read"]).await);
    let there = other.nobody().with_token(sam.access_token().unwrap());
    for _ in 0..10 {
        admin.patch(&sam.path(), &json!({ "role": "user" })).await.expect_status(200);
        there.get("/v1/users").await.expect_problem(403, "not_allowed");
        sam.get("/v1/users").await.expect_problem(403, "not_allowed");
        admin.patch(&sam.path(), &json!({ "role": "support" })).await.expect_status(200);
        there.get("/v1/users").await.expect_status(200);
        sam.get("/v1/users").await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_reserved_protects_its_holders_at_once() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (admin, sam) =
        (app.admin().await, app.user_with("support-holder", "support", &["users.read", "users.suspend"]).await);
    let board = app.user_with("board-holder", "board", &[]).await;
    let there = other.nobody().with_token(sam.access_token().unwrap());
    let suspend = format!("{}/suspend", board.path());
    for reserved in [true, false] {
        admin.patch("/v1/roles/board", &json!({ "reserved": reserved })).await.expect_status(200);
        assert_eq!(there.get(&board.path()).await.expect_status(200).href("suspend").is_none(), reserved);
        let answer = there.act(&suspend).await;
        if reserved {
            answer.expect_problem(403, "not_allowed")
        } else {
            answer.expect_status(200)
        };
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_began_before_its_role_shrank_is_decided_when_it_takes_effect() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let all = ["users.read", "users.suspend", "users.delete", "users.update", "sessions.read", "sessions.revoke"];
    let sam = app.user_with("support-holder", "support", &all).await;
    let target = app.user("target").await;
    let mut sql = app.sql().await;
    for (method, path) in [
        ("PATCH", target.path()),
        ("POST", format!("{}/suspend", target.path())),
        ("DELETE", target.path()),
        ("DELETE", format!("{}/sessions", target.path())),
    ] {
        // The write has been authorized and waits for the target's row. It locks the role last.
        sql.execute("BEGIN").await;
        sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", target.id)).await;
        let body = if method == "PATCH" { json!({ "username": "changed" }) } else { json!({}) };
        let write = tokio::spawn(Answer::to(sam.request(method, &path).json(&body)));
        app.sql().await.until_waiting(1).await;
        set_permissions(&admin, "support", &["users.read"]).await;
        sql.execute("COMMIT").await;
        write.await.unwrap().expect_problem(403, "not_allowed");
        set_permissions(&admin, "support", &all).await;
    }
    assert_eq!(target.get("/v1/me").await.expect_status(200).header("etag"), "\"1\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_began_before_its_target_got_more_rights_is_decided_when_it_takes_effect() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let sam = app.user_with("support-holder", "support", &["users.read", "users.suspend"]).await;
    let target = app.user_with("auditor-holder", "auditor", &["users.read"]).await;
    let mut sql = app.sql().await;
    sql.execute("BEGIN").await;
    sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", target.id)).await;
    let write = tokio::spawn(Answer::to(sam.request("POST", &format!("{}/suspend", target.path()))));
    app.sql().await.until_waiting(1).await;
    set_permissions(&admin, "auditor", &["users.read", "audit.read"]).await;
    sql.execute("COMMIT").await;
    write.await.unwrap().expect_problem(403, "not_allowed");
    target.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_role_is_acknowledged_after_the_writes_that_it_no_longer_stops() {
    let app = TestApp::start().await;
    let (admin, target) = (app.admin().await, app.user("target").await);
    let sam = app.user_with("support-holder", "support", &["users.read", "users.suspend"]).await;
    let mut sql = app.sql().await;
    // The write has locked its role and waits for the counts of users.
    sql.execute("BEGIN").await;
    sql.execute("LOCK TABLE user_counts IN EXCLUSIVE MODE").await;
    let suspend = format!("{}/suspend", target.path());
    let write = tokio::spawn(Answer::to(sam.request("POST", &suspend)));
    let mut watch = app.sql().await;
    watch.until_waiting(1).await;
    let change = tokio::spawn({
        let admin = admin.clone();
        async move { admin.patch("/v1/roles/support", &json!({ "permissions": ["users.read"] })).await }
    });
    watch.until_waiting(2).await;
    assert!(!change.is_finished() && !write.is_finished());
    sql.execute("COMMIT").await;
    write.await.unwrap().expect_status(200);
    change.await.unwrap().expect_status(200);
    sam.act(&format!("{}/reactivate", target.path())).await.expect_problem(403, "not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_grows_while_it_is_given_is_not_given() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let mia = app.user_with("manager-holder", "manager", &["users.read", "users.create", "users.assign-role"]).await;
    app.role("reader", &["users.read"]).await;
    let new = json!({ "username": "new", "email": "new@example.com", "role": "reader" });
    for (method, path, body) in
        [("PATCH", ada.path(), json!({ "role": "reader" })), ("POST", "/v1/users".to_owned(), new.clone())]
    {
        let mut sql = app.sql().await;
        sql.execute("BEGIN").await;
        sql.execute("UPDATE roles SET permissions = '{users.read,users.delete}' WHERE name = 'reader'").await;
        let write = tokio::spawn(Answer::to(mia.request(method, &path).json(&body)));
        app.sql().await.until_waiting(1).await;
        sql.execute("COMMIT").await;
        write.await.unwrap().expect_problem(403, "not_givable");
        set_permissions(&admin, "reader", &["users.read"]).await;
    }
    assert_eq!(admin.get(&ada.path()).await.json["role"], "user");
    mia.post("/v1/users", &new).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_deleted_while_it_is_given_is_unknown() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    app.role("reader", &["users.read"]).await;
    let mut sql = app.sql().await;
    sql.execute("BEGIN").await;
    sql.execute("DELETE FROM roles WHERE name = 'reader'").await;
    let admin = app.admin().await;
    let write = tokio::spawn(Answer::to(admin.request("PATCH", &ada.path()).json(&json!({ "role": "reader" }))));
    app.sql().await.until_waiting(1).await;
    sql.execute("COMMIT").await;
    assert_eq!(write.await.unwrap().expect_status(400).faults(), ["/role unknown_option"]);
    assert_eq!(ada.get("/v1/me").await.json["role"], "user");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_whose_writer_shrinks_meanwhile_does_not_grow() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mia = app.user_with("manager-holder", "manager", &["roles.read", "roles.write", "audit.read"]).await;
    app.role("auditor", &[]).await;
    let mut sql = app.sql().await;
    sql.execute("BEGIN").await;
    sql.execute("SELECT FROM roles WHERE name = 'manager' FOR UPDATE").await;
    sql.execute("UPDATE roles SET permissions = '{roles.read,roles.write}' WHERE name = 'manager'").await;
    let body = json!({ "permissions": ["audit.read"] });
    let write = tokio::spawn(Answer::to(mia.request("PATCH", "/v1/roles/auditor").json(&body)));
    app.sql().await.until_waiting(1).await;
    sql.execute("COMMIT").await;
    write.await.unwrap().expect_problem(403, "not_givable");
    assert_eq!(admin.get("/v1/roles/auditor").await.json["permissions"], json!([]));
}

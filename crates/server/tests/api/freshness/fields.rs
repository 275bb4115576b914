//! Fields that only some may write are decided again when the write takes effect.

use serde_json::json;
use usher_testkit::{Answer, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_name_or_address_is_not_changed_by_those_who_may_only_assign_roles_by_now() {
    let app = TestApp::start().await;
    let (admin, target) = (app.admin().await, app.user("target").await);
    let sam = app.user_with("sam", "support", &["users.read", "users.update", "users.assign-role"]).await;
    for body in [json!({ "username": "changed" }), json!({ "email": "sam@evil.example" })] {
        let mut sql = app.sql().await;
        sql.execute("BEGIN").await;
        sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", target.id)).await;
        let write = tokio::spawn(Answer::to(sam.request("PATCH", &target.path()).json(&body)));
        app.sql().await.until_waiting(1).await;
        let less = json!({ "permissions": ["users.read", "users.assign-role"] });
        admin.patch("/v1/roles/support", &less).await.expect_status(200);
        sql.execute("COMMIT").await;
        write.await.unwrap().expect_problem(403, "not_allowed");
        let more = json!({ "permissions": ["users.read", "users.update", "users.assign-role"] });
        admin.patch("/v1/roles/support", &more).await.expect_status(200);
    }
    assert_eq!(target.get("/v1/me").await.expect_status(200).header("etag"), "\"1\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_not_assigned_by_those_who_may_only_change_names_by_now() {
    let app = TestApp::start().await;
    app.role("support", &["users.read", "users.update", "users.assign-role"]).await;
    app.role("reader", &["users.read"]).await;
    let (admin, sam, target) =
        (app.admin().await, app.user_with_role("sam", "support").await, app.user("target").await);
    let mut sql = app.sql().await;
    sql.execute("BEGIN").await;
    sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", target.id)).await;
    let write = tokio::spawn(Answer::to(sam.request("PATCH", &target.path()).json(&json!({ "role": "reader" }))));
    app.sql().await.until_waiting(1).await;
    let less = json!({ "permissions": ["users.read", "users.update"] });
    admin.patch("/v1/roles/support", &less).await.expect_status(200);
    sql.execute("COMMIT").await;
    write.await.unwrap().expect_problem(403, "not_allowed");
    assert_eq!(target.get("/v1/me").await.json["role"], "user");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_gets_no_password_from_those_who_are_admins_no_longer() {
    let app = TestApp::start().await;
    app.role("manager", &["users.read", "users.create"]).await;
    let second = app.another_admin("second").await;
    let mut sql = app.sql().await;
    sql.execute("BEGIN").await;
    sql.execute(&format!("UPDATE users SET role = 'manager' WHERE id = '{}'", second.id)).await;
    let body = json!({ "username": "new", "email": "new@example.com", "password": PASSWORD });
    let creation = tokio::spawn(Answer::to(second.request("POST", "/v1/users").json(&body)));
    app.sql().await.until_waiting(1).await;
    sql.execute("COMMIT").await;
    creation.await.unwrap().expect_problem(403, "not_allowed");
    assert_eq!(app.admin().await.get("/v1/users").await.json["total"], 2);
    let body = json!({ "username": "new", "email": "new@example.com" });
    second.post("/v1/users", &body).await.expect_status(201);
}

//! Creating users, as an admin.

use serde_json::json;
use usher_testkit::{PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_creates_users_of_either_role() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (name, role) in [("ada", Some("user")), ("bob", Some("admin")), ("carol", None)] {
        let mut body = json!({ "username": name, "email": format!("{name}@example.com"), "password": PASSWORD });
        if let Some(role) = role {
            body["role"] = role.into();
        }
        let made = admin.post("/v1/users", &body).await.expect_status(201);
        let id = made.json["id"].as_str().unwrap();
        assert_eq!(made.json["role"], role.unwrap_or("user"));
        assert_eq!(made.header("location"), format!("/v1/users/{id}"));
        assert_eq!(made.header("etag"), "\"1\"");
        let read = admin.get(made.header("location")).await.expect_status(200);
        assert_eq!(read.json, made.json, "made for the admin who sees it");
        let person = app.nobody().sign_in(name, PASSWORD).await;
        person.get("/v1/users").await.expect_status(if role == Some("admin") { 200 } else { 403 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_create_users() {
    let app = TestApp::start().await;
    let body = json!({ "username": "new", "email": "new@example.com", "password": PASSWORD });
    app.user("ada").await.post("/v1/users", &body).await.expect_problem(403, "not_allowed");
    app.nobody().post("/v1/users", &body).await.expect_problem(401, "authentication_required");
    let registration = usher_domain::policy::Registration::Closed;
    let closed = TestApp::with(usher_testkit::Options { registration, ..Default::default() }).await;
    closed.admin().await.post("/v1/users", &body).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_a_password_cannot_sign_in_with_any() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let body = json!({ "username": "ada", "email": "ada@example.com", "role": "admin" });
    admin.post("/v1/users", &body).await.expect_status(201);
    for password in [PASSWORD, "", "null"] {
        let refused = app.nobody().password_grant("ada", password).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_of_a_new_user_are_reported_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let body = json!({ "username": 7, "email": null, "password": "short", "role": "Owner", "status": "active" });
    let refused = admin.post("/v1/users?dry_run=1", &body).await.expect_problem(400, "invalid_input");
    assert_eq!(
        refused.faults(),
        [
            "/dry_run unknown",
            "/email not_text",
            "/password too_short",
            "/role unknown_option",
            "/status unknown",
            "/username not_text"
        ]
    );
    for role in ["Admin", "admin ", "", "ADMIN"] {
        let body = json!({ "username": "ada", "email": "ada@example.com", "role": role });
        assert_eq!(admin.post("/v1/users", &body).await.faults(), ["/role unknown_option"], "{role:?}");
    }
    assert_eq!(admin.post("/v1/users", &json!({})).await.faults(), ["/email required", "/username required"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_taken_are_a_conflict() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.user("ada").await;
    let taken = json!({ "username": "ADA", "email": "x@example.com", "password": PASSWORD });
    admin.post("/v1/users", &taken).await.expect_problem(409, "username_taken");
    let taken = json!({ "username": "new", "email": "ADA@example.com" });
    admin.post("/v1/users", &taken).await.expect_problem(409, "email_taken");
    assert_eq!(admin.get("/v1/users").await.json["total"], 2);
}

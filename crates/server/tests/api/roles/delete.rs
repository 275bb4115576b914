//! Deleting a role.

use super::role;
use serde_json::json;
use usher_testkit::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_some_user_has_is_not_deleted() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "support", &["users.read"]).await;
    let bob = app.user_with_role("bob", "support").await;
    let read = admin.get("/v1/roles/support").await.expect_status(200);
    assert_eq!(read.links(), ["self", "update", "users"]);
    admin.delete("/v1/roles/support").await.expect_problem(409, "role_in_use");
    admin.act(&format!("{}/suspend", bob.path())).await.expect_status(200);
    admin.delete("/v1/roles/support").await.expect_problem(409, "role_in_use");
    admin.patch(&bob.path(), &json!({ "role": "user" })).await.expect_status(200);
    assert!(admin.get("/v1/roles/support").await.links().contains(&"delete".to_owned()));
    admin.delete("/v1/roles/support").await.expect_status(204);
    admin.delete("/v1/roles/support").await.expect_problem(404, "not_found");
    let unknown = admin.patch(&bob.path(), &json!({ "role": "support" })).await.expect_problem(400, "invalid_input");
    assert_eq!(unknown.faults(), ["/role unknown_option"]);
    assert_eq!(admin.get("/v1/users?role=support").await.expect_status(200).json["total"], 0);
    let bad = admin.get("/v1/users?role=Support").await.expect_problem(400, "invalid_input");
    assert_eq!(bad.faults(), ["/role unknown_option"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_a_deleted_user_is_free() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "support", &["users.read"]).await;
    let bob = app.user_with_role("bob", "support").await;
    admin.delete(&bob.path()).await.expect_status(204);
    assert_eq!(admin.get("/v1/roles/support").await.json["users"], 0);
    admin.delete("/v1/roles/support").await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_role_leaves_no_counts_of_users() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "support", &["users.read"]).await;
    let bob = app.user_with_role("bob", "support").await;
    admin.act(&format!("{}/suspend", bob.path())).await.expect_status(200);
    admin.patch(&bob.path(), &json!({ "role": "user" })).await.expect_status(200);
    let mut sql = app.sql().await;
    let counts = "SELECT n FROM user_counts WHERE role = 'support'";
    assert!(!sql.rows(counts).await.is_empty());
    admin.delete("/v1/roles/support").await.expect_status(204);
    assert!(sql.rows(counts).await.is_empty());
    // The name can be used again.
    role(&admin, "support", &["users.read"]).await;
    admin.patch(&bob.path(), &json!({ "role": "support" })).await.expect_status(200);
    assert_eq!(admin.get("/v1/roles/support").await.json["users"], 1);
}

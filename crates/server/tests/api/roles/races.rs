//! Concurrent changes of roles, and of those who have them.

use super::role;
use serde_json::json;
use usher_testkit::{Options, Sql, TestApp, new_database};

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_either_given_or_deleted() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (admin, there) = (app.admin().await, other.admin().await);
    let ada = app.user("ada").await;
    for round in 0..15 {
        role(&admin, "support", &["users.read"]).await;
        let (path, body) = (ada.path(), json!({ "role": "support" }));
        let (given, deleted) = tokio::join!(admin.patch(&path, &body), there.delete("/v1/roles/support"));
        match (given.status, deleted.status) {
            (200, 409) => {
                assert_eq!(deleted.code(), "role_in_use", "round {round}");
                admin.patch(&path, &json!({ "role": "user" })).await.expect_status(200);
                admin.delete("/v1/roles/support").await.expect_status(204);
            }
            (400, 204) => assert_eq!(given.faults(), ["/role unknown_option"], "round {round}"),
            other => panic!("round {round}: {other:?}: {} {}", given.text, deleted.text),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_create_the_hundredth_role_one_succeeds() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (admin, there) = (app.admin().await, other.admin().await);
    for n in 0..99 {
        role(&admin, &format!("role-{n}"), &[]).await;
    }
    for round in 0..10 {
        let body = |name: &str| json!({ "name": name, "permissions": [] });
        let (one, two) = (body("one"), body("two"));
        let (first, second) = tokio::join!(admin.post("/v1/roles", &one), there.post("/v1/roles", &two));
        let (made, refused, name) = if first.status == 201 { (first, second, "one") } else { (second, first, "two") };
        made.expect_status(201);
        refused.expect_problem(409, "too_many_roles");
        assert_eq!(admin.get("/v1/roles").await.json["total"], 102, "round {round}");
        admin.delete(&format!("/v1/roles/{name}")).await.expect_status(204);
    }
}

/// A service whose requests fail in a deadlock, because the database does not detect it in time.
async fn without_deadlock_detection() -> TestApp {
    let url = new_database().await;
    let name = url.rsplit_once('/').unwrap().1;
    let setting = format!("ALTER DATABASE {name} SET deadlock_timeout = '60s'");
    Sql::connect(&url).await.execute(&setting).await;
    TestApp::with(Options { database_url: Some(url), ..Options::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn holders_of_a_role_who_change_it_at_once_take_turns() {
    let app = without_deadlock_detection().await;
    let other = app.replica().await;
    let admin = app.admin().await;
    role(&admin, "role-admin", &["roles.read", "roles.write"]).await;
    let one = app.user_with_role("one", "role-admin").await;
    let two = app.user_with_role("two", "role-admin").await;
    let two = other.nobody().with_token(two.access_token().unwrap());
    for round in 0..10 {
        let (first, second) =
            (json!({ "description": format!("a{round}") }), json!({ "description": format!("b{round}") }));
        let path = "/v1/roles/role-admin";
        let (first, second) = tokio::join!(one.patch(path, &first), two.patch(path, &second));
        first.expect_status(200);
        second.expect_status(200);
    }
    assert_eq!(admin.get("/v1/roles/role-admin").await.header("etag"), "\"21\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn holders_of_two_roles_who_change_each_others_take_turns() {
    let app = without_deadlock_detection().await;
    let admin = app.admin().await;
    for name in ["role-admin-1", "role-admin-2"] {
        role(&admin, name, &["roles.read", "roles.write"]).await;
    }
    let one = app.user_with_role("one", "role-admin-1").await;
    let two = app.user_with_role("two", "role-admin-2").await;
    let mut sql = app.sql().await;
    // Both rely on their own role, and wait for the other one.
    sql.execute("BEGIN").await;
    sql.execute("SELECT FROM roles FOR SHARE").await;
    let body = json!({ "description": "changed" });
    let both_wait = async {
        app.sql().await.until_waiting(2).await;
        sql.execute("COMMIT").await;
    };
    let (first, second, ()) =
        tokio::join!(one.patch("/v1/roles/role-admin-2", &body), two.patch("/v1/roles/role-admin-1", &body), both_wait);
    first.expect_status(200);
    second.expect_status(200);
}

//! Concurrent changes of roles, and of those who have them.

use super::{role, user_with_role};
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

#[tokio::test(flavor = "multi_thread")]
async fn no_write_relies_on_a_permission_that_has_been_taken_away() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let admin = app.admin().await;
    role(&admin, "manager", &["users.read", "users.suspend"]).await;
    let eve = user_with_role(&app, &admin, "eve", "manager").await;
    let ada = app.user("ada").await;
    let there = other.nobody().with_token(eve.access_token().unwrap());
    for round in 0..15 {
        let (suspend, less) = (format!("{}/suspend", ada.path()), json!({ "permissions": ["users.read"] }));
        let (suspended, reduced) = tokio::join!(there.act(&suspend), admin.patch("/v1/roles/manager", &less));
        reduced.expect_status(200);
        match suspended.status {
            200 => {
                admin.act(&format!("{}/reactivate", ada.path())).await.expect_status(200);
            }
            403 => {}
            status => panic!("round {round}: {status} {}", suspended.text),
        }
        there.act(&suspend).await.expect_problem(403, "not_allowed");
        let more = json!({ "permissions": ["users.read", "users.suspend"] });
        admin.patch("/v1/roles/manager", &more).await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn holders_of_a_role_who_change_it_at_once_take_turns() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let admin = app.admin().await;
    role(&admin, "role-admin", &["roles.read", "roles.write"]).await;
    let one = user_with_role(&app, &admin, "one", "role-admin").await;
    let two = user_with_role(&app, &admin, "two", "role-admin").await;
    let two = other.nobody().with_token(two.access_token().unwrap());
    for round in 0..10 {
        let (first, second) =
            (json!({ "description": format!("a{round}") }), json!({ "description": format!("b{round}") }));
        let path = "/v1/roles/role-admin";
        let started = std::time::Instant::now();
        let (first, second) = tokio::join!(one.patch(path, &first), two.patch(path, &second));
        first.expect_status(200);
        second.expect_status(200);
        assert!(started.elapsed().as_millis() < 900, "they waited until a deadlock was detected");
    }
    assert_eq!(admin.get("/v1/roles/role-admin").await.header("etag"), "\"21\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn holders_of_two_roles_who_change_each_others_take_turns() {
    let database_url = new_database().await;
    let mut sql = Sql::connect(&database_url).await;
    // A deadlock is not detected, and the changes fail.
    let name = sql.rows("SELECT current_database() AS name").await[0]["name"].as_str().unwrap().to_owned();
    sql.execute(&format!("ALTER DATABASE \"{name}\" SET deadlock_timeout = '60s'")).await;
    let app = TestApp::with(Options { database_url: Some(database_url), ..Options::default() }).await;
    let admin = app.admin().await;
    for name in ["role-admin-1", "role-admin-2"] {
        role(&admin, name, &["roles.read", "roles.write"]).await;
    }
    let one = user_with_role(&app, &admin, "one", "role-admin-1").await;
    let two = user_with_role(&app, &admin, "two", "role-admin-2").await;
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

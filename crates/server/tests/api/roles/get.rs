//! Reading a role.

use super::{role, with_forms};
use serde_json::json;
use usher_testkit::{TestApp, form_options};

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_roles_are_read_and_neither_changed_nor_deleted() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.user("ada").await;
    for (name, permissions, users) in [("admin", 19, 1), ("user", 0, 1)] {
        let read = admin.get(&format!("/v1/roles/{name}")).await.expect_status(200);
        assert_eq!((&read.json["built_in"], &read.json["users"]), (&true.into(), &users.into()), "{name}");
        assert_eq!(read.json["permissions"].as_array().unwrap().len(), permissions, "{name}");
        assert_eq!(read.links(), ["self", "users"], "{name}");
        assert!(read.header("etag").starts_with('"'), "{name}");
        let path = format!("/v1/roles/{name}");
        let change = serde_json::json!({ "description": "x" });
        admin.patch(&path, &change).await.expect_problem(409, "built_in_role");
        admin.delete(&path).await.expect_problem(409, "built_in_role");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_from_a_user_to_the_role_and_from_a_role_to_its_users() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "support", &["users.read"]).await;
    role(&admin, "auditor", &["roles.read"]).await;
    let bob = app.user_with_role("bob", "support").await;
    let carol = app.user_with_role("carol", "auditor").await;

    let seen = admin.get(&bob.path()).await.expect_status(200);
    assert_eq!(seen.href("role").as_deref(), Some("/v1/roles/support"));
    let read = admin.get("/v1/roles/support").await.expect_status(200);
    assert_eq!(read.json["users"], 1);
    let users = read.href("users").unwrap();
    assert_eq!(users, "/v1/users?role=support");
    let users = admin.get(&users).await.expect_status(200).json;
    assert_eq!((&users["total"], &users["_embedded"]["users"][0]["username"]), (&1.into(), &"bob".into()));

    // Those who may not read roles have no link to one, and those who may not list users none to these.
    assert_eq!(bob.get("/v1/me").await.href("role"), None);
    assert_eq!(carol.get("/v1/me").await.href("role").as_deref(), Some("/v1/roles/auditor"));
    assert_eq!(carol.get("/v1/roles/support").await.expect_status(200).links(), ["self"]);
    assert!(bob.get("/v1").await.href("roles").is_none() && carol.get("/v1").await.href("roles").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_does_not_exist_is_not_found_by_those_who_may_read_roles() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    for (method, path) in [("GET", "/v1/roles/nothing"), ("DELETE", "/v1/roles/nothing")] {
        let request = |client: &usher_testkit::Client| usher_testkit::Answer::to(client.request(method, path));
        request(&admin).await.expect_problem(404, "not_found");
        request(&ada).await.expect_problem(403, "not_allowed");
        request(&app.nobody()).await.expect_problem(401, "authentication_required");
    }
    ada.get("/v1/roles/user").await.expect_problem(403, "not_allowed");
    for bad in ["Admin", "a_b", "2nd", "%20", "a%2Fb", "ä", &"a".repeat(33)] {
        for client in [&*admin, &*ada, &app.nobody()] {
            let refused = client.get(&format!("/v1/roles/{bad}")).await.expect_problem(400, "invalid_input");
            assert!(refused.faults()[0].starts_with("/name "), "{bad}: {:?}", refused.faults());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_whose_row_is_gone_allows_nothing_and_breaks_nothing() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "later", &["users.read"]).await;
    let bob = app.user_with_role("bob", "later").await;
    bob.get("/v1/users").await.expect_status(200);
    let mut sql = app.sql().await;
    // Without triggers, as in a replica that lags behind.
    sql.execute("SET session_replication_role = replica").await;
    sql.execute("DELETE FROM roles").await;

    let me = bob.get("/v1/me").await.expect_status(200);
    assert_eq!(me.json["role"], "later");
    bob.get("/v1/users").await.expect_problem(403, "not_allowed");
    bob.patch(&bob.path(), &json!({ "username": "bobby" })).await.expect_status(200);
    let listed = with_forms(&admin, "/v1/users").await;
    let listed = listed["_embedded"]["users"].as_array().unwrap();
    let listed = listed.iter().find(|user| user["username"] == "bobby").unwrap();
    assert_eq!(listed["role"], "later");
    for resource in [listed, &with_forms(&admin, &bob.path()).await] {
        assert_eq!(form_options(resource, "update", "role"), ["admin", "user", "later"]);
    }
    admin.patch(&bob.path(), &json!({ "role": "later" })).await.expect_status(200);
    admin.get("/v1/roles/later").await.expect_problem(404, "not_found");
    let back = admin.patch(&bob.path(), &json!({ "role": "user" })).await.expect_status(200);
    assert_eq!(back.json["role"], "user");
    assert_eq!(admin.get("/v1/users?role=user").await.expect_status(200).json["total"], 1);
}

//! Changing a role.

use super::role;
use serde_json::{Value, json};
use usher_testkit::{Answer, Client, TestApp};

async fn patch_if(client: &Client, path: &str, tag: &str, body: &Value) -> Answer {
    Answer::to(client.request("PATCH", path).header("if-match", tag).json(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_applies_to_those_who_have_the_role_from_their_next_request_on() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "support", &["users.read"]).await;
    let bob = app.user_with_role("bob", "support").await;
    let other = app.replica().await;
    let elsewhere = other.nobody().with_token(bob.access_token().unwrap());
    bob.get("/v1/audit-events").await.expect_problem(403, "not_allowed");
    let more = json!({ "permissions": ["users.read", "audit.read"] });
    let changed = admin.patch("/v1/roles/support", &more).await.expect_status(200);
    assert_eq!((changed.header("etag"), &changed.json["users"]), ("\"2\"", &1.into()));
    assert_eq!(changed.json["permissions"], json!(["audit.read", "users.read"]));
    assert!(changed.json["updated_at"].as_str() >= changed.json["created_at"].as_str());
    assert_eq!(admin.get("/v1/roles/support").await.json, changed.json);
    for client in [&*bob, &elsewhere] {
        client.get("/v1/audit-events").await.expect_status(200);
        client.get("/v1/users").await.expect_status(200);
    }
    admin.patch("/v1/roles/support", &json!({ "permissions": [] })).await.expect_status(200);
    for client in [&*bob, &elsewhere] {
        client.get("/v1/audit-events").await.expect_problem(403, "not_allowed");
        client.get("/v1/users").await.expect_problem(403, "not_allowed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_must_hold_and_the_present_values_are_no_change() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "support", &["users.read"]).await;
    let path = "/v1/roles/support";
    let same = json!({ "permissions": ["users.read"], "description": "", "reserved": false });
    assert_eq!(patch_if(&admin, path, "\"1\"", &same).await.expect_status(200).header("etag"), "\"1\"");
    let other = json!({ "description": "Helps" });
    assert_eq!(patch_if(&admin, path, "\"1\"", &other).await.expect_status(200).header("etag"), "\"2\"");
    patch_if(&admin, path, "\"1\"", &same).await.expect_problem(412, "precondition_failed");
    let reserved = json!({ "reserved": true });
    assert_eq!(patch_if(&admin, path, "W/\"2\"", &reserved).await.expect_status(200).header("etag"), "\"3\"");
    let events = admin.get("/v1/audit-events?action=role_updated").await;
    assert_eq!(events.json["total"], 2, "no change is no event");
    patch_if(&admin, "/v1/roles/user", "\"9\"", &other).await.expect_problem(412, "precondition_failed");
    let delete = Answer::to(admin.request("DELETE", path).header("if-match", "\"2\"")).await;
    delete.expect_problem(412, "precondition_failed");
    Answer::to(admin.request("DELETE", path).header("if-match", "\"3\"")).await.expect_status(204);
    admin.get(path).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_a_change_are_reported_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "support", &["users.read"]).await;
    let faults =
        async |body| admin.patch("/v1/roles/support", &body).await.expect_problem(400, "invalid_input").faults();
    assert_eq!(faults(json!({})).await, [" empty"]);
    assert_eq!(faults(json!({ "description": null, "permissions": null, "reserved": null })).await, [" empty"]);
    let body = json!({ "name": "other", "permissions": ["users.delete", "x"], "reserved": 1, "description": "a\nb" });
    assert_eq!(
        faults(body).await,
        [
            "/description control_character",
            "/name unknown",
            "/permissions missing_requirement",
            "/permissions/1 unknown_option",
            "/reserved not_boolean",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_changed_by_those_only_who_have_everything_it_had_and_will_have() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "role-admin", &["roles.read", "roles.write", "users.read"]).await;
    role(&admin, "bigger", &["audit.read"]).await;
    role(&admin, "smaller", &[]).await;
    admin.post("/v1/roles", &json!({ "name": "kept", "permissions": [], "reserved": true })).await.expect_status(201);
    let eve = app.user_with_role("eve", "role-admin").await;
    let give = |permissions: &[&str]| json!({ "permissions": permissions });

    eve.patch("/v1/roles/smaller", &give(&["users.read"])).await.expect_status(200);
    eve.patch("/v1/roles/smaller", &give(&["audit.read"])).await.expect_problem(403, "not_givable");
    patch_if(&eve, "/v1/roles/smaller", "\"77\"", &give(&["audit.read"])).await.expect_problem(403, "not_givable");
    eve.patch("/v1/roles/bigger", &give(&[])).await.expect_problem(403, "not_allowed");
    eve.patch("/v1/roles/kept", &json!({ "description": "x" })).await.expect_problem(403, "not_allowed");
    eve.patch("/v1/roles/admin", &json!({ "description": "x" })).await.expect_problem(403, "not_allowed");
    eve.patch("/v1/roles/user", &json!({ "description": "x" })).await.expect_problem(409, "built_in_role");
    for path in ["/v1/roles/bigger", "/v1/roles/kept", "/v1/roles/admin"] {
        eve.delete(path).await.expect_problem(403, "not_allowed");
    }
    let refused = eve.patch("/v1/roles/smaller", &json!({ "reserved": true })).await;
    assert_eq!(refused.expect_problem(400, "invalid_input").faults(), ["/reserved not_writable"]);
    eve.patch("/v1/roles/smaller", &json!({ "reserved": false, "description": "y" })).await.expect_status(200);

    // Of one's own role too, and then the answer shows what is left.
    eve.patch("/v1/roles/role-admin", &give(&["audit.read"])).await.expect_problem(403, "not_givable");
    let left = eve.patch("/v1/roles/role-admin", &give(&["roles.read"])).await.expect_status(200);
    assert_eq!(left.links(), ["self"]);
    eve.patch("/v1/roles/smaller", &json!({ "description": "z" })).await.expect_problem(403, "not_allowed");
}

/// The document must allow an answer without `self`: every answer is checked against it.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_takes_the_permission_to_read_roles_from_its_caller_answers_without_self() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "role-admin", &["roles.read", "roles.write", "users.read"]).await;
    let eve = app.user_with_role("eve", "role-admin").await;
    let left = eve.patch("/v1/roles/role-admin", &json!({ "permissions": ["users.read"] })).await.expect_status(200);
    assert_eq!(left.links(), ["users"]);
    eve.get("/v1/roles/role-admin").await.expect_problem(403, "not_allowed");
}

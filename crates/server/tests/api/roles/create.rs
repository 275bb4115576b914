//! Creating roles.

use super::{role, with_forms};
use serde_json::json;
use usher_testkit::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_creates_a_role_and_a_user_with_it_may_do_what_it_allows() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let body = json!({
        "name": "support", "description": "First level", "permissions": ["users.send-password-reset", "users.read"],
    });
    let made = admin.post("/v1/roles", &body).await.expect_status(201);
    assert_eq!((made.header("location"), made.header("etag")), ("/v1/roles/support", "\"1\""));
    let mut expected = json!({
        "name": "support", "description": "First level", "permissions": ["users.read", "users.send-password-reset"],
        "reserved": false, "built_in": false, "users": 0,
        "created_at": made.json["created_at"], "updated_at": made.json["created_at"],
    });
    expected["_links"] = made.json["_links"].clone();
    assert_eq!(made.json, expected);
    assert_eq!(made.links(), ["delete", "self", "update", "users"]);
    assert_eq!(admin.get("/v1/roles/support").await.expect_status(200).json, made.json);

    let bob = app.user_with_role("bob", "support").await;
    bob.get("/v1/users").await.expect_status(200);
    bob.get("/v1/roles").await.expect_problem(403, "not_allowed");
    bob.get("/v1/audit-events").await.expect_problem(403, "not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_of_a_new_role_are_reported_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let faults = async |body| admin.post("/v1/roles", &body).await.expect_problem(400, "invalid_input").faults();
    assert_eq!(faults(json!({})).await, ["/name required", "/permissions required"]);
    let body = json!({
        "name": "Support", "description": "a".repeat(201), "reserved": "yes", "users": 3,
        "permissions": ["users.suspend", "users.fly", "users.suspend", 7, "roles.write"],
    });
    assert_eq!(
        faults(body).await,
        [
            "/description too_long",
            "/name bad_start",
            "/permissions missing_requirement",
            "/permissions missing_requirement",
            "/permissions/1 unknown_option",
            "/permissions/2 duplicate",
            "/permissions/3 not_text",
            "/reserved not_boolean",
            "/users unknown",
        ]
    );
    let named = admin.post("/v1/roles", &json!({ "name": "a", "permissions": ["sessions.revoke"] })).await;
    let details: Vec<_> = named.json["errors"].as_array().unwrap().iter().map(|fault| &fault["detail"]).collect();
    assert!(details[0].as_str().unwrap().contains("sessions.read"), "{details:?}");
    assert!(details[1].as_str().unwrap().contains("users.read"), "{details:?}");
    for (permissions, fault) in
        [(json!("users.read"), "not_array"), (json!({}), "not_array"), (json!(null), "not_array")]
    {
        let body = json!({ "name": "a", "permissions": permissions });
        assert_eq!(faults(body).await, [format!("/permissions {fault}")]);
    }
    for name in ["", "2nd", "a_b", "-a", "a b", "ä", &"a".repeat(33)] {
        let refused = faults(json!({ "name": name, "permissions": [] })).await;
        assert!(refused.len() == 1 && refused[0].starts_with("/name "), "{name}: {refused:?}");
    }
    assert_eq!(admin.get("/v1/roles").await.json["total"], 2);
    admin.post("/v1/roles", &json!({ "name": "nothing", "permissions": [] })).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_given_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "support", &["users.read"]).await;
    for name in ["support", "admin", "user"] {
        let body = json!({ "name": name, "permissions": ["audit.read"] });
        admin.post("/v1/roles", &body).await.expect_problem(409, "role_name_taken");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_at_most_a_hundred_roles_beside_the_built_in_ones() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for n in 0..99 {
        role(&admin, &format!("role-{n}"), &[]).await;
    }
    // The link and the form, on each page.
    let is_offered = async || {
        let mut is_offered = Vec::new();
        for path in ["/v1/roles?limit=1", "/v1/roles?limit=100&offset=100", "/v1/roles?offset=500"] {
            let page = with_forms(&admin, path).await;
            is_offered.extend([page["_links"]["create"].is_object(), page["_templates"]["create"].is_object()]);
        }
        is_offered
    };
    assert_eq!(is_offered().await, [true; 6]);
    role(&admin, "role-99", &[]).await;
    assert_eq!(is_offered().await, [false; 6]);
    let body = json!({ "name": "one-more", "permissions": [] });
    let refused = admin.post("/v1/roles", &body).await.expect_problem(409, "too_many_roles");
    assert_eq!(refused.json["detail"], "There are 100 roles beside the built-in ones. Delete one first.");
    let taken = json!({ "name": "role-7", "permissions": [] });
    admin.post("/v1/roles", &taken).await.expect_problem(409, "role_name_taken");
    assert_eq!(admin.get("/v1/roles").await.json["total"], 102);
    admin.delete("/v1/roles/role-0").await.expect_status(204);
    assert_eq!(is_offered().await, [true; 6]);
    admin.post("/v1/roles", &body).await.expect_status(201);
    assert_eq!(is_offered().await, [false; 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_creates_a_role_with_more_than_they_have() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "role-admin", &["roles.read", "roles.write", "users.read"]).await;
    role(&admin, "reader", &["roles.read"]).await;
    let eve = app.user_with_role("eve", "role-admin").await;
    let reader = app.user_with_role("reader", "reader").await;
    let body = |name: &str, permissions: &[&str]| json!({ "name": name, "permissions": permissions });

    reader.post("/v1/roles", &body("x", &[])).await.expect_problem(403, "not_allowed");
    app.nobody().post("/v1/roles", &body("x", &[])).await.expect_problem(401, "authentication_required");
    eve.post("/v1/roles", &body("x", &["users.read", "roles.read"])).await.expect_status(201);
    eve.post("/v1/roles", &body("y", &["audit.read"])).await.expect_problem(403, "not_givable");
    // Faults come before a value that may not be given, and that before a conflict.
    eve.post("/v1/roles", &body("Y", &["audit.read"])).await.expect_problem(400, "invalid_input");
    eve.post("/v1/roles", &body("x", &["audit.read"])).await.expect_problem(403, "not_givable");
    eve.post("/v1/roles", &body("x", &[])).await.expect_problem(409, "role_name_taken");

    let mut reserved = body("z", &[]);
    reserved["reserved"] = true.into();
    let refused = eve.post("/v1/roles", &reserved).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/reserved not_writable"]);
    reserved["reserved"] = false.into();
    eve.post("/v1/roles", &reserved).await.expect_status(201);
    let mut kept = body("kept", &[]);
    kept["reserved"] = true.into();
    assert_eq!(admin.post("/v1/roles", &kept).await.expect_status(201).json["reserved"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_a_role_is_recorded() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "support", &["users.read"]).await;
    let change = json!({ "permissions": ["audit.read", "users.read"], "description": "More", "reserved": true });
    admin.patch("/v1/roles/support", &change).await.expect_status(200);
    admin.delete("/v1/roles/support").await.expect_status(204);
    let event = async |action: &str| {
        let events = admin.get(&format!("/v1/audit-events?action={action}")).await.expect_status(200).json;
        let event = events["_embedded"]["audit_events"][0].clone();
        assert_eq!((&event["actor"]["username"], &event["target"]), (&json!("root"), &json!(null)), "{event}");
        event["changes"].clone()
    };
    assert_eq!(
        event("role_created").await,
        json!([
            { "field": "name", "from": null, "to": "support" },
            { "field": "permissions", "from": null, "to": "users.read" },
            { "field": "reserved", "from": null, "to": "false" },
        ])
    );
    assert_eq!(
        event("role_updated").await,
        json!([
            { "field": "name", "from": "support", "to": "support" },
            { "field": "description", "from": null, "to": null },
            { "field": "permissions", "from": "users.read", "to": "audit.read users.read" },
            { "field": "reserved", "from": "false", "to": "true" },
        ])
    );
    assert_eq!(
        event("role_deleted").await,
        json!([
            { "field": "name", "from": "support", "to": null },
            { "field": "permissions", "from": "audit.read users.read", "to": null },
            { "field": "reserved", "from": "true", "to": null },
        ])
    );
}

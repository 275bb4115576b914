//! Forms that offer roles and permissions.

use super::{role, with_forms};
use serde_json::json;
use usher_testkit::{Answer, TestApp, form_options, form_property};

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_a_role_offers_the_permissions_that_the_caller_has() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "role-admin", &["roles.read", "roles.write", "users.read"]).await;
    role(&admin, "smaller", &["users.read"]).await;
    let eve = app.user_with_role("eve", "role-admin").await;

    let list = with_forms(&admin, "/v1/roles").await;
    assert_eq!(form_options(&list, "create", "permissions").len(), 19);
    let permissions = form_property(&list, "create", "permissions").unwrap();
    assert_eq!(permissions["required"], true);
    assert_eq!(permissions.get("value"), None);
    let limits = &permissions["options"];
    assert_eq!((&limits["minItems"], &limits["maxItems"], &limits["multiple"]), (&0.into(), &19.into(), &true.into()));
    assert_eq!(form_property(&list, "create", "reserved").unwrap()["value"], false);

    let list = with_forms(&eve, "/v1/roles").await;
    let own = ["roles.read", "roles.write", "users.read"];
    assert_eq!(form_options(&list, "create", "permissions"), own);
    assert_eq!(form_property(&list, "create", "reserved"), None);
    let smaller = with_forms(&eve, "/v1/roles/smaller").await;
    assert_eq!(form_options(&smaller, "update", "permissions"), own);
    assert_eq!(form_property(&smaller, "update", "permissions").unwrap()["value"], json!(["users.read"]));
    assert_eq!(form_property(&smaller, "update", "description").unwrap()["value"], "");
    assert_eq!(form_property(&smaller, "update", "reserved"), None);
    assert_eq!(with_forms(&eve, "/v1/roles/admin").await["_templates"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_forms_of_users_offer_the_roles_that_the_caller_may_give() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let manager = ["users.read", "users.create", "users.update", "users.assign-role"];
    role(&admin, "manager", &manager).await;
    role(&admin, "reader", &["users.read"]).await;
    role(&admin, "auditor", &["audit.read"]).await;
    let kept = json!({ "name": "kept", "permissions": ["users.read", "users.assign-role"], "reserved": true });
    admin.post("/v1/roles", &kept).await.expect_status(201);
    let eve = app.user_with_role("eve", "manager").await;
    let ada = app.user("ada").await;
    let auditor = app.user_with_role("aud", "auditor").await;
    let keeper = app.user_with_role("keeper", "kept").await;

    let all = ["admin", "user", "auditor", "kept", "manager", "reader"];
    let (givable, page) = (["user", "manager", "reader"], with_forms(&eve, "/v1/users").await);
    assert_eq!(form_options(&with_forms(&admin, "/v1/users").await, "create", "role"), all);
    assert_eq!(form_options(&with_forms(&admin, &ada.path()).await, "update", "role"), all);
    assert_eq!(form_options(&page, "create", "role"), givable);
    assert_eq!(form_property(&page, "create", "role").unwrap()["value"], "user");
    assert_eq!(form_property(&page, "create", "password"), None);
    let shown = with_forms(&eve, &ada.path()).await;
    assert_eq!(form_options(&shown, "update", "role"), givable);
    assert_eq!(form_property(&shown, "update", "role").unwrap()["options"]["maxItems"], 1);
    // The one whose role she is not above has no form.
    assert_eq!(form_property(&with_forms(&eve, &auditor.path()).await, "update", "role"), None);
    assert_eq!(form_options(&with_forms(&eve, "/v1/me").await, "update", "role"), givable);
    // Only admins give a reserved role; who has one may still send it back.
    let own = with_forms(&keeper, "/v1/me").await;
    assert_eq!(form_options(&own, "update", "role"), ["user", "reader", "kept"]);
    keeper.patch(&keeper.path(), &json!({ "role": "kept" })).await.expect_status(200);

    // Exactly what is offered can be given.
    for name in all {
        let answer = eve.patch(&ada.path(), &json!({ "role": name })).await;
        if givable.contains(&name) {
            answer.expect_status(200);
        } else {
            answer.expect_problem(403, "not_givable");
        }
    }
    let page = with_forms(&admin, "/v1/users").await;
    for user in page["_embedded"]["users"].as_array().unwrap().iter().filter(|user| user["username"] != "root") {
        assert_eq!(form_options(user, "update", "role"), all);
    }
    let bare = Answer::to(eve.request("GET", "/v1/users").header("accept", "application/hal+json")).await;
    assert_eq!(bare.expect_status(200).json.get("_templates"), None);
}

//! What events say.

use super::{events, latest, position, read, types};
use serde_json::{Value, json};
use usher_testkit::{ADMIN, FORMS, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn each_success_is_an_event_with_ids_and_names_of_fields_alone() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let start = latest(&admin).await;
    let ada = app.user("ada").await;
    app.nobody().password_grant("ada", "a wrong password").await.expect_status(400);
    let change = json!({ "username": "countess", "email": "countess@example.com", "role": "admin" });
    let changed = admin.patch(&ada.path(), &change).await.expect_status(200);
    admin.delete(&ada.path()).await.expect_status(204);

    let feed = read(&admin, &format!("after={start}")).await;
    assert_eq!(types(&feed), ["user_registered", "signed_in", "user_updated", "user_deleted"], "and no refusal");
    let [registered, _, updated, deleted] = &events(&feed)[..] else { panic!() };
    let (by_admin, about_ada) = (json!({ "type": "user", "id": admin.id }), json!({ "type": "user", "id": ada.id }));
    let data = |actor: &Value, changed: &[&str], version: Option<i64>| json!({ "actor": actor, "target": about_ada, "user": ada.id, "changed": changed, "version": version });
    assert_eq!(registered["data"], data(&json!(null), &[], Some(1)));
    let tag = changed.header("etag").trim_matches('"').parse().unwrap();
    assert_eq!(updated["data"], data(&by_admin, &["username", "email", "role"], Some(tag)));
    assert_eq!(deleted["data"], data(&by_admin, &[], None));
    for secret in ["ada", "countess", ADMIN, "example.com", "127.0.0.1", PASSWORD] {
        assert!(!feed.text.contains(secret), "{secret}");
    }

    let trail = admin.get("/v1/audit-events?action=user_updated").await;
    let recorded = &trail.json["_embedded"]["audit_events"][0];
    assert_eq!((&updated["id"], &updated["timestamp"]), (&recorded["id"], &recorded["at"]));
    assert_eq!(updated["position"], json!(start + 3));
    assert_eq!(position(&feed), start + 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_things_of_users_name_the_thing_and_the_user() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ada = app.user("ada").await;
    let start = latest(&admin).await;
    let key = json!({ "name": "a script", "scopes": ["account.read"], "current_password": PASSWORD });
    let key = ada.post(&format!("{}/api-keys", ada.path()), &key).await.expect_status(201).json;
    let key = key["id"].as_str().unwrap();
    let sessions = ada.get(&format!("{}/sessions", ada.path())).await.expect_status(200);
    let session = sessions.json["_embedded"]["sessions"][0]["id"].as_str().unwrap();
    admin.delete(&format!("{}/sessions/{session}", ada.path())).await.expect_status(204);
    let role = json!({ "name": "support", "permissions": ["users.read"] });
    admin.post("/v1/roles", &role).await.expect_status(201);
    admin.patch("/v1/roles/support", &json!({ "description": "First level" })).await.expect_status(200);
    app.rotate_keys().await;

    let feed = read(&admin, &format!("after={start}")).await;
    let wanted = ["api_key_created", "session_revoked", "role_created", "role_updated", "signing_key_rotated"];
    assert_eq!(types(&feed), wanted);
    let about = |event: &Value| {
        let data = &event["data"];
        (data["target"].clone(), data["user"].clone(), data["changed"].clone(), data["version"].clone())
    };
    let target = |kind: &str, id: &str| json!({ "type": kind, "id": id });
    let [key_created, session_revoked, role_created, role_updated, rotated] = &events(&feed)[..] else { panic!() };
    let null = Value::Null;
    assert_eq!(about(key_created), (target("api_key", key), json!(ada.id), json!(["scopes"]), null.clone()));
    assert_eq!(about(session_revoked), (target("session", session), json!(ada.id), json!([]), null.clone()));
    assert_eq!(
        about(role_created),
        (target("role", "support"), null.clone(), json!(["permissions", "reserved"]), json!(1))
    );
    assert_eq!(about(role_updated), (target("role", "support"), null.clone(), json!(["description"]), json!(2)));
    assert_eq!(about(rotated), (null.clone(), null.clone(), json!([]), null));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_and_its_events_have_links_and_no_forms() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let feed = read(&admin, "limit=1&wait=5&type=signed_in").await;
    let after = position(&feed);
    assert_eq!(feed.links(), ["next", "search", "self"]);
    assert_eq!(feed.href("self").as_deref(), Some("/v1/events?limit=1&wait=5&type=signed_in"));
    assert_eq!(feed.href("next"), Some(format!("/v1/events?after={after}&limit=1&wait=5&type=signed_in")));
    let search = json!({ "href": "/v1/events{?after,wait,type,limit}", "templated": true });
    assert_eq!(feed.json["_links"]["search"], search);
    let with_forms = admin.get_with_forms("/v1/events").await.expect_status(200);
    assert_eq!(with_forms.header("content-type"), FORMS);
    assert_eq!(with_forms.json["_templates"], json!({}));
    for event in events(&with_forms) {
        assert_eq!((&event["_links"], &event["_templates"]), (&json!({}), &json!({})));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_names_each_type_of_event() {
    let app = TestApp::start().await;
    let document = app.nobody().get("/openapi.json").await.expect_status(200).json;
    let known = &document["components"]["schemas"]["EventType"]["examples"];
    let mut names: Vec<_> = known.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    names.extend(["sign_in_refused", "passkey_counter_regressed", "refresh_token_reused"]);
    names.sort_unstable();
    let mut actions: Vec<_> = usher_domain::audit::Event::NAMES.to_vec();
    actions.sort_unstable();
    assert_eq!(names, actions, "each action is an event, or is only ever refused");
}

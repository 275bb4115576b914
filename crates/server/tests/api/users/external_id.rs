//! The ids that imported users have in the system that they come from.

use serde_json::json;
use usher_testkit::{Person, TestApp};

const EXTERNAL_ID: &str = "auth0|5f7c";

/// A service with a user who was imported.
async fn with_imported_user() -> (TestApp, Person) {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let statement = format!("UPDATE users SET external_id = '{EXTERNAL_ID}' WHERE username = 'ada'");
    app.sql().await.execute(&statement).await;
    (app, ada)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_id_is_shown_to_those_who_may_list_users_and_in_the_export_of_the_user() {
    let (app, ada) = with_imported_user().await;
    let support = app.user_with("support", "support", &["users.read"]).await;
    for reader in [&app.admin().await, &support] {
        assert_eq!(reader.get(&ada.path()).await.expect_status(200).json["external_id"], EXTERNAL_ID);
        let page = reader.get("/v1/users?q=ada").await.expect_status(200);
        assert_eq!(page.json["_embedded"]["users"][0]["external_id"], EXTERNAL_ID);
        // Absent, not null.
        assert_eq!(reader.get("/v1/me").await.json.get("external_id"), None);
    }
    for path in ["/v1/me", &ada.path()] {
        assert_eq!(ada.get(path).await.expect_status(200).json.get("external_id"), None);
    }
    let export = ada.get(&format!("{}/export", ada.path())).await.expect_status(200);
    assert_eq!(export.json["user"]["external_id"], EXTERNAL_ID);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_found_by_the_external_id_in_any_order_and_with_other_filters() {
    let (app, _) = with_imported_user().await;
    let admin = app.admin().await;
    for (query, total) in [
        ("external_id=auth0%7C5f7c", 1_usize),
        ("external_id=auth0%7C5f7c&sort=-email&limit=1", 1),
        ("external_id=%20auth0%7C5f7c%20&q=ad&role=user&status=active", 1),
        ("external_id=auth0%7C5f7c&role=admin", 0),
        ("external_id=auth0%7C5f7c&q=bob", 0),
        ("external_id=AUTH0%7C5f7c", 0),
        ("external_id=auth0", 0),
    ] {
        let page = admin.get(&format!("/v1/users?{query}")).await.expect_status(200);
        assert_eq!(page.json["total"], total, "{query}");
        let users = page.json["_embedded"]["users"].as_array().unwrap();
        assert!(users.iter().all(|user| user["username"] == "ada") && users.len() == total, "{query}");
        assert!(page.href("next").is_none() && page.href("prev").is_none());
        assert!(page.href("first").unwrap().contains("&external_id="), "{query}");
    }
    let beyond = admin.get("/v1/users?external_id=auth0%7C5f7c&offset=3").await.expect_status(200);
    assert_eq!(admin.get(&beyond.href("prev").unwrap()).await.json["_embedded"]["users"][0]["username"], "ada");
    for text in ["", "%20", "a%00b", &"x".repeat(256)] {
        let refused = admin.get(&format!("/v1/users?external_id={text}")).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.faults(), ["/external_id bad_external_id"], "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_an_external_id() {
    let (app, ada) = with_imported_user().await;
    let admin = app.admin().await;
    let change = json!({ "external_id": "43" });
    admin.patch(&ada.path(), &change).await.expect_problem(400, "invalid_input");
    let new = json!({ "username": "bob", "email": "bob@example.com", "external_id": "43" });
    admin.post("/v1/users", &new).await.expect_problem(400, "invalid_input");
    assert_eq!(admin.get(&ada.path()).await.json["external_id"], EXTERNAL_ID);
}

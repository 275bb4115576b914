//! Listing API keys.

use super::{create, key, keys, keys_of, wanted};
use chrono::TimeDelta;
use serde_json::json;
use usher_testkit::{PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_newest_first_and_in_pages() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for name in ["first", "second", "third"] {
        let mut body = wanted(&["account.read"]);
        body["name"] = json!(name);
        create(&ada, &body).await.expect_status(201);
        app.clock.advance(TimeDelta::seconds(1));
    }
    let page = ada.get(&format!("{}?limit=2", keys_of(&ada))).await.expect_status(200);
    assert_eq!(page.json["total"], 3);
    let next = ada.get(&page.href("next").unwrap()).await.expect_status(200);
    let names: Vec<_> = keys(&page).iter().chain(keys(&next)).map(|key| key["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["third", "second", "first"]);
    assert_eq!(
        keys(&page)[0]["_links"]["self"]["href"],
        format!("{}/{}", keys_of(&ada), keys(&page)[0]["id"].as_str().unwrap())
    );
    for query in ["limit=0", "offset=-1", "cursor=nonsense", "q=x"] {
        ada.get(&format!("{}?{query}", keys_of(&ada))).await.expect_problem(400, "invalid_input");
    }
    assert_eq!(ada.get("/v1/me").await.href("api-keys").unwrap(), keys_of(&ada));
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_keys_are_listed_for_30_days_and_then_deleted() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &["account.read"]).await;
    app.clock.advance(TimeDelta::days(90) + TimeDelta::seconds(5));
    own.get("/v1/me").await.expect_problem(401, "invalid_token");
    let ada = app.nobody().sign_in("ada", PASSWORD).await;
    assert_eq!(keys(&ada.get(&keys_of(&ada)).await).len(), 1);
    ada.get(&format!("{}/{}", keys_of(&ada), own.id)).await.expect_status(200);
    app.cleanup().await;
    app.clock.advance(TimeDelta::days(29));
    let ada = app.nobody().sign_in("ada", PASSWORD).await;
    assert_eq!(keys(&ada.get(&keys_of(&ada)).await).len(), 1);
    app.clock.advance(TimeDelta::days(1));
    let ada = app.nobody().sign_in("ada", PASSWORD).await;
    assert_eq!(keys(&ada.get(&keys_of(&ada)).await).len(), 0);
    ada.get(&format!("{}/{}", keys_of(&ada), own.id)).await.expect_problem(404, "not_found");
    ada.delete(&format!("{}/{}", keys_of(&ada), own.id)).await.expect_problem(404, "not_found");
    app.cleanup().await;
    assert!(app.sql().await.rows("SELECT id FROM api_keys").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_others_are_for_those_with_the_permission() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    let reader = app.user_with("reader", "role-of-reader", &["users.read", "api-keys.read"]).await;
    let own = key(&app, &ada, &["account.read"]).await;
    let path = format!("{}/{}", keys_of(&ada), own.id);
    for allowed in [&admin, &reader] {
        assert_eq!(keys(&allowed.get(&keys_of(&ada)).await.expect_status(200)).len(), 1);
        allowed.get(&path).await.expect_status(200);
        assert!(allowed.get(&ada.path()).await.links().contains(&"api-keys".to_owned()));
    }
    assert_eq!(reader.get(&path).await.links(), ["self"]);
    reader.delete(&path).await.expect_problem(403, "not_allowed");
    assert_eq!(admin.get(&path).await.links(), ["revoke", "self"]);
    bob.get(&keys_of(&ada)).await.expect_problem(403, "not_allowed");
    bob.get(&path).await.expect_problem(403, "not_allowed");
    let missing = "00000000-0000-7000-8000-000000000000";
    bob.get(&format!("/v1/users/{missing}/api-keys/{missing}")).await.expect_problem(403, "not_allowed");
    admin.get(&format!("{}/{}", keys_of(&bob), own.id)).await.expect_problem(404, "not_found");
    admin.get(&format!("{}/x", keys_of(&bob))).await.expect_problem(400, "invalid_input");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_the_keys_without_their_text() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &["account.read"]).await;
    for client in [&*ada, &own.client] {
        let export = client.get(&format!("{}/export", ada.path())).await.expect_status(200);
        assert_eq!(export.json["api_keys"][0]["id"], own.id);
        assert_eq!(export.json["api_keys"][0]["hint"], own.text[..14]);
        assert!(!export.text.contains(&own.text));
    }
}

//! Suspending and reactivating users.

use serde_json::json;
use usher_testkit::{Answer, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_user_is_out_until_reactivated() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let path = |what: &str| format!("{}/{what}", ada.path());
    admin.act(&path("reactivate")).await.expect_problem(409, "not_suspended");
    let suspended = admin.act(&path("suspend")).await.expect_status(200);
    assert_eq!((suspended.json["status"].as_str(), suspended.header("etag")), (Some("suspended"), "\"2\""));
    assert_eq!(suspended.text, admin.get(&ada.path()).await.text);
    assert_eq!(suspended.header("content-location"), ada.path());
    assert!(suspended.href("suspend").is_none() && suspended.href("reactivate").is_some());
    admin.act(&path("suspend")).await.expect_problem(409, "already_suspended");
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");
    app.nobody().register("ada").await.expect_problem(409, "username_taken");

    let active = admin.act(&path("reactivate")).await.expect_status(200);
    assert_eq!((active.json["status"].as_str(), active.header("etag")), (Some("active"), "\"3\""));
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    app.nobody().sign_in("ada", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suspension_is_for_admins_and_not_on_themselves() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    for what in ["suspend", "reactivate"] {
        for path in [ada.path(), bob.path(), admin.path()] {
            ada.act(&format!("{path}/{what}")).await.expect_problem(403, "not_allowed");
        }
        admin.act(&format!("{}/{what}", admin.path())).await.expect_problem(403, "not_allowed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_without_a_body_takes_an_empty_object_and_nothing_else() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let suspend = format!("{}/suspend", ada.path());
    let refused = admin.post(&suspend, &json!({ "why": "x" })).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/why unknown"]);
    admin.post(&suspend, &json!([])).await.expect_problem(400, "malformed");
    let text = admin.request("POST", &suspend).header("content-type", "text/plain").body("x");
    Answer::to(text).await.expect_problem(415, "unsupported_media_type");
    let untyped = admin.request("POST", &suspend).body("{}");
    Answer::to(untyped).await.expect_problem(415, "unsupported_media_type");
    let bare = admin.request("POST", &suspend).header("content-type", "text/plain");
    Answer::to(bare).await.expect_status(200);
    admin.post(&format!("{}/reactivate", ada.path()), &json!({})).await.expect_status(200);
    Answer::to(admin.request("DELETE", &ada.path()).json(&json!({}))).await.expect_status(204);
}

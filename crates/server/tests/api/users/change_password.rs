//! Changing passwords.

use serde_json::json;
use usher_testkit::{PASSWORD, TestApp};

const NEW: &str = "another-good-one-77";

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_every_other_session() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let elsewhere = app.nobody().sign_in("ada", PASSWORD).await;
    let path = format!("{}/password", ada.path());
    let body = json!({ "current_password": PASSWORD, "new_password": NEW });
    let done = ada.put(&path, &body).await.expect_status(204);
    assert_eq!(done.text, "");
    ada.get("/v1/me").await.expect_status(200);
    elsewhere.get("/v1/me").await.expect_problem(401, "invalid_token");
    app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");
    app.nobody().sign_in("ada", NEW).await;
    assert_eq!(ada.get("/v1/me").await.header("etag"), "\"1\"", "the password is not in the representation");
    let refused = ada.put(&path, &body).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/current_password wrong_password"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_must_be_valid_and_only_the_owner_may_change_it() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("lovelace").await);
    let path = format!("{}/password", ada.path());
    let change = |new: &str| json!({ "current_password": PASSWORD, "new_password": new });
    for (new, code) in [
        ("short", "too_short"),
        ("password1", "too_common"),
        ("kQ9$vT2\0!ha", "contains_nul"),
        (&"kQ9$vT2!ha".repeat(8), "too_long"),
        ("LOVELACE99", "too_personal"),
    ] {
        let refused = ada.put(&path, &change(new)).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.faults(), [format!("/new_password {code}")], "{new:?}");
    }
    let nothing = ada.put(&path, &json!({})).await.expect_problem(400, "invalid_input");
    assert_eq!(nothing.faults(), ["/current_password required", "/new_password required"]);
    let long = json!({ "current_password": "x".repeat(1025), "new_password": NEW });
    assert_eq!(ada.put(&path, &long).await.faults(), ["/current_password too_long"]);
    admin.put(&path, &change(NEW)).await.expect_problem(403, "not_allowed");
    app.nobody().put(&path, &change(NEW)).await.expect_problem(401, "authentication_required");
    app.nobody().sign_in("lovelace", PASSWORD).await;
}

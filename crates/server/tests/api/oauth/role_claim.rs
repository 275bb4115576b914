//! The role in access tokens, for other services.

use super::token;
use serde_json::json;
use usher_testkit::{Options, TestApp, token_claims};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_names_the_role_that_its_user_has_when_it_is_issued() {
    let app = TestApp::with(Options { role_claim: true, ..Options::default() }).await;
    app.role("support", &["users.read"]).await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    assert_eq!(token_claims(token(&admin, "access_token"))["roles"], json!(["admin"]));
    assert_eq!(token_claims(token(&ada, "access_token"))["roles"], json!(["user"]));

    app.give(&ada, "support").await;
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", token(&ada, "refresh_token"))];
    let next = app.nobody().form("/v1/oauth/token", &refresh).await.expect_status(200).json;
    assert_eq!(token_claims(next["access_token"].as_str().unwrap())["roles"], json!(["support"]));
    // usher itself reads the role at each request, also with a token of before.
    ada.get("/v1/users").await.expect_status(200);
    app.give(&ada, "user").await;
    let outdated = app.nobody().with_token(next["access_token"].as_str().unwrap());
    outdated.get("/v1/users").await.expect_problem(403, "not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_names_no_role_unless_the_operator_asks_for_it() {
    let app = TestApp::start().await;
    assert_eq!(token_claims(token(&app.user("ada").await, "access_token")).get("roles"), None);
}

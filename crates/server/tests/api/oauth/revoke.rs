//! Token revocation (RFC 7009).

use super::token;
use serde_json::json;
use usher_testkit::{PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn revoking_either_token_ends_the_session() {
    let app = TestApp::start().await;
    app.nobody().register("ada").await.expect_status(201);
    for name in ["access_token", "refresh_token"] {
        let (ada, other) = (app.nobody().sign_in("ada", PASSWORD).await, app.nobody().sign_in("ada", PASSWORD).await);
        let answer = app.nobody().form("/v1/oauth/revoke", &[("token", token(&ada, name))]).await.expect_status(200);
        assert_eq!(answer.text, "");
        ada.get("/v1/me").await.expect_problem(401, "invalid_token");
        let grant = [("grant_type", "refresh_token"), ("refresh_token", token(&ada, "refresh_token"))];
        app.nobody().form("/v1/oauth/token", &grant).await.expect_problem(400, "invalid_grant");
        other.get("/v1/me").await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_an_invalid_token_gets_the_same_answer() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (nobody, revoke) = (app.nobody(), "/v1/oauth/revoke");
    let unknown = "a".repeat(43);
    for wrong in ["nonsense", unknown.as_str(), "a.b.c"] {
        let answer = nobody.form(revoke, &[("token", wrong), ("token_type_hint", "refresh_token")]).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{wrong}");
    }
    nobody.form(revoke, &[("token_type_hint", "access_token")]).await.expect_problem(400, "invalid_request");
    nobody.form(revoke, &[("token", "a"), ("token", "b")]).await.expect_problem(400, "invalid_request");
    nobody.post(revoke, &json!({ "token": "a" })).await.expect_problem(415, "unsupported_media_type");
    for _ in 0..2 {
        nobody.form(revoke, &[("token", token(&ada, "refresh_token"))]).await.expect_status(200);
    }
}

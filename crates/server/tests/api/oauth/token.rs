//! The token endpoint (RFC 6749) and what its tokens are.

use serde_json::json;
use usher_testkit::{Answer, PASSWORD, TestApp, token_claims, token_header};

#[tokio::test(flavor = "multi_thread")]
async fn a_password_buys_an_access_token_in_the_profile_of_rfc_9068() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let answer = app.nobody().password_grant("ada", PASSWORD).await.expect_status(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    assert_eq!((&answer.json["token_type"], &answer.json["expires_in"]), (&json!("Bearer"), &json!(900)));

    let token = answer.json["access_token"].as_str().unwrap();
    let (header, claims) = (token_header(token), token_claims(token));
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("ES256")));
    assert_eq!(claims["sub"], ada.id.as_str());
    assert_eq!(claims["client_id"], "usher");
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("http://usher.test"), &json!("http://usher.test")));
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 900);
    assert_eq!(claims["iat"].as_u64().unwrap() - claims["nbf"].as_u64().unwrap(), 5, "for clocks that are behind");
    assert!(claims["sid"].is_string() && claims["jti"].is_string());
    assert!(claims.get("role").is_none(), "a token says who, never what they may do");
    let jwks = app.nobody().get("/.well-known/jwks.json").await.expect_status(200);
    assert!(jwks.json["keys"].as_array().unwrap().iter().any(|key| key["kid"] == header["kid"]));

    let again = app.nobody().password_grant("ada", PASSWORD).await.expect_status(200);
    assert_ne!(token_claims(again.json["access_token"].as_str().unwrap())["sid"], claims["sid"], "a session each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_signs_in_by_username_or_address_in_any_case() {
    let app = TestApp::start().await;
    app.nobody().register("Ada").await.expect_status(201);
    for name in ["Ada", "ada", "ADA", "ａｄａ", "ada@example.com", "ADA@EXAMPLE.COM"] {
        let person = app.nobody().sign_in(name, PASSWORD).await;
        assert_eq!(person.get("/v1/me").await.json["username"], "Ada", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_updates_last_login_at_but_not_the_version() {
    let app = TestApp::start().await;
    let made = app.nobody().register("ada").await.expect_status(201);
    let me = app.nobody().sign_in("ada", PASSWORD).await.get("/v1/me").await;
    assert!(me.json["last_login_at"].as_str().unwrap() >= me.json["created_at"].as_str().unwrap());
    assert_eq!(me.json["updated_at"], made.json["updated_at"]);
    assert_eq!(me.header("etag"), "\"1\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_name_a_wrong_password_and_a_suspended_user_are_the_same() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let bob = app.user("bob").await;
    let admin = app.admin().await;
    admin.act(&format!("{}/suspend", bob.path())).await.expect_status(200);
    let body = json!({ "username": "carol", "email": "carol@example.com" });
    admin.post("/v1/users", &body).await.expect_status(201);

    let wrong = "not-the-password-1906";
    let mut answers = Vec::new();
    for (name, password) in [
        ("ada", wrong),
        ("nobody", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("bob", PASSWORD),
        ("bob", wrong),
        ("carol", PASSWORD),
        ("a\0da", PASSWORD),
        ("ada", &PASSWORD.to_uppercase()),
        ("ada", &format!("{PASSWORD} ")),
        ("ada", &format!("{PASSWORD}\0")),
        ("ada", &"x".repeat(10_000)),
        (&"x".repeat(10_000), PASSWORD),
        ("' OR 1=1 --", PASSWORD),
    ] {
        let refused = app.nobody().password_grant(name, password).await.expect_problem(400, "invalid_grant");
        assert_eq!(refused.header("content-type"), "application/json");
        answers.push(refused.text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    ada.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_for_tokens_are_read_as_rfc_6749_says() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let ask = async |fields: &[(&str, &str)]| -> Answer { app.nobody().form("/v1/oauth/token", fields).await };
    let (grant, name, word) = (("grant_type", "password"), ("username", "ada"), ("password", PASSWORD));

    let extra = [("scope", ""), ("client_id", "x"), ("client_secret", "y"), ("nonsense", "z"), ("nonsense", "z")];
    ask(&[&[grant, name, word][..], &extra].concat()).await.expect_status(200);
    ask(&[grant, name, word, ("username", "")]).await.expect_status(200);

    for incomplete in [&[name, word][..], &[grant, word], &[grant, name], &[], &[grant, name, ("password", "")]] {
        ask(incomplete).await.expect_problem(400, "invalid_request");
    }
    for repeated in [grant, name, word] {
        ask(&[grant, name, word, repeated]).await.expect_problem(400, "invalid_request");
    }
    for unknown in ["client_credentials", "authorization_code", "PASSWORD", "urn:x"] {
        ask(&[("grant_type", unknown), name, word]).await.expect_problem(400, "unsupported_grant_type");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_a_client_are_ignored() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let body = format!("grant_type=password&username=ada&password={PASSWORD}");
    for authorization in ["Basic Og==", "Basic dXNoZXI6c2VjcmV0", "Bearer broken", "Nonsense"] {
        let request = app
            .nobody()
            .request("POST", "/v1/oauth/token")
            .header("authorization", authorization)
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
            .header("accept", "text/html")
            .body(body.clone());
        Answer::to(request).await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_errors_of_the_token_endpoint_are_problems() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    nobody.post("/v1/oauth/token", &json!({})).await.expect_problem(415, "unsupported_media_type");
    let hal = nobody.request("POST", "/v1/oauth/token").header("content-type", "application/hal+json").body("{}");
    Answer::to(hal).await.expect_problem(415, "unsupported_media_type");
    let refused = nobody.get("/v1/oauth/token").await.expect_problem(405, "method_not_allowed");
    assert_eq!(refused.header("allow"), "POST, OPTIONS");
    let empty = nobody.act("/v1/oauth/token").await;
    assert_eq!((empty.status, empty.code()), (400, "invalid_request"), "{}", empty.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_query_is_ignored() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let fields = [("grant_type", "password"), ("username", "ada"), ("password", PASSWORD)];
    app.nobody().form("/v1/oauth/token?tracking=1", &fields).await.expect_status(200);
    let query = format!("/v1/oauth/token?grant_type=password&username=ada&password={PASSWORD}");
    app.nobody().form(&query, &[]).await.expect_problem(400, "invalid_request");
}

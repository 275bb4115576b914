//! Where a key is a credential, and where it is none.

use super::key;
use chrono::TimeDelta;
use serde_json::json;
use usher_testkit::{Answer, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_authenticates_in_the_authorization_field() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &["account.read"]).await;
    let me = own.get("/v1/me").await.expect_status(200);
    assert_eq!(me.json["id"], ada.id);
    assert_eq!(me.header("content-location"), ada.path());
    own.get(&ada.path()).await.expect_status(200);
    let any_case = app.nobody().request("GET", "/v1/me").header("authorization", format!("bearer {}", own.text));
    Answer::to(any_case).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_elsewhere_is_no_credential() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &["account.read", "account.write"]).await;
    let nobody = app.nobody();
    for name in ["access_token", "key", "api_key", "token"] {
        nobody.get(&format!("/v1/me?{name}={}", own.text)).await.expect_problem(401, "authentication_required");
    }
    for (name, value) in [
        ("cookie", format!("access_token={}", own.text)),
        ("x-api-key", own.text.clone()),
        ("authorization", format!("ApiKey {}", own.text)),
        ("proxy-authorization", format!("Bearer {}", own.text)),
    ] {
        let request = nobody.request("GET", "/v1/me").header(name, value);
        Answer::to(request).await.expect_problem(401, "authentication_required");
    }
    let body = json!({ "username": "new", "access_token": own.text });
    nobody.patch(&ada.path(), &body).await.expect_problem(401, "authentication_required");
    let basic = nobody.request("GET", "/v1/me").basic_auth(&ada.id, Some(&own.text));
    Answer::to(basic).await.expect_problem(401, "authentication_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_no_credential_of_the_oauth_endpoints() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &["account.read"]).await;
    own.form("/v1/oauth/introspect", &[("token", &own.text)]).await.expect_problem(401, "invalid_client");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", own.text.as_str())];
    own.form("/v1/oauth/token", &refresh).await.expect_problem(400, "invalid_grant");
    let password = [("grant_type", "password"), ("username", "ada"), ("password", own.text.as_str())];
    own.form("/v1/oauth/token", &password).await.expect_problem(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_a_typing_error_is_refused_without_the_database() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &["account.read"]).await;
    own.get("/v1/me").await.expect_status(200);
    let before = app.lookups();
    for at in [10, 30, 52, 53, 58] {
        let other = if &own.text[at..=at] == "x" { 'y' } else { 'x' };
        let wrong = format!("{}{other}{}", &own.text[..at], &own.text[at + 1..]);
        app.nobody().with_token(&wrong).get("/v1/me").await.expect_problem(401, "invalid_token");
    }
    for wrong in ["usher_pat_", &own.text[..58], &format!("{}0", own.text)] {
        app.nobody().with_token(wrong).get("/v1/me").await.expect_problem(401, "invalid_token");
    }
    assert_eq!(app.lookups(), before);
    // One that has the right form, and that nobody has.
    let unknown = "usher_pat_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf0Q8LjU";
    let refused = app.nobody().with_token(unknown).get("/v1/me").await.expect_problem(401, "invalid_token");
    assert_eq!(refused.header("www-authenticate"), r#"Bearer realm="usher", error="invalid_token""#);
    assert_eq!(app.lookups(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_expires() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let mut body = super::wanted(&["account.read"]);
    body["expires_at"] = json!((app.clock.now() + TimeDelta::hours(1)).to_rfc3339());
    let created = super::create(&ada, &body).await.expect_status(201).json;
    let own = app.nobody().with_token(created["key"].as_str().unwrap());
    app.clock.advance(TimeDelta::minutes(59));
    own.get("/v1/me").await.expect_status(200);
    app.clock.advance(TimeDelta::minutes(2));
    own.get("/v1/me").await.expect_problem(401, "invalid_token");
}

//! Invalid access tokens: each operation that needs one refuses them with the same answer.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use std::time::Duration;
use usher_auth::{AccessTokenConfig, AccessTokens, KeySet, SigningKey};
use usher_domain::{Authentication, Clock, MethodSet};
use usher_testkit::{Answer, Options, TestApp};

const NO_ONE: &str = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77";

/// Every operation that needs a caller.
fn operations() -> Vec<(&'static str, String)> {
    let one = format!("/v1/users/{NO_ONE}");
    vec![
        ("GET", "/v1/me".to_owned()),
        ("GET", "/v1/users".to_owned()),
        ("POST", "/v1/users".to_owned()),
        ("GET", one.clone()),
        ("PATCH", one.clone()),
        ("DELETE", one.clone()),
        ("PUT", format!("{one}/password")),
        ("POST", format!("{one}/suspend")),
        ("POST", format!("{one}/reactivate")),
        ("POST", format!("{one}/lift-throttle")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn anonymous_requests_are_asked_to_authenticate() {
    let app = TestApp::start().await;
    for (method, path) in operations() {
        let refused = Answer::to(app.nobody().request(method, &path)).await;
        let refused = refused.expect_problem(401, "authentication_required");
        assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"usher\"", "{method} {path}");
        assert_eq!(refused.header("content-type"), "application/problem+json");
        assert_eq!(refused.header("cache-control"), "no-store");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_token_is_refused_by_every_operation_that_needs_one() {
    let app = TestApp::start().await;
    for (method, path) in operations() {
        let request = app.nobody().with_token("broken").request(method, &path);
        let refused = Answer::to(request).await.expect_problem(401, "invalid_token");
        assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"usher\", error=\"invalid_token\"");
    }
}

/// A token made of a header and claims, with this signature.
fn made(header: &Value, claims: &Value, signature: &str) -> String {
    format!("{}.{}.{signature}", BASE64URL.encode(header.to_string()), BASE64URL.encode(claims.to_string()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_or_altered_token_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let good = admin.access_token().unwrap();
    let pieces: Vec<&str> = good.split('.').collect();
    let read = |n: usize| -> Value { serde_json::from_slice(&BASE64URL.decode(pieces[n]).unwrap()).unwrap() };
    let (header, claims, signature) = (read(0), read(1), pieces[2]);
    let with = |value: &Value, name: &str, new: Value| {
        let mut value = value.clone();
        value[name] = new;
        value
    };
    let foreign = {
        let key = SigningKey::generate().unwrap();
        let issuer = "http://usher.test".to_owned();
        let config = AccessTokenConfig {
            issuer: issuer.clone(),
            audience: issuer,
            ttl: Duration::from_mins(15),
            role_claim: false,
        };
        let tokens = AccessTokens::new(config, KeySet::new(key, []), Clock::default());
        let id = |name: &str| claims[name].as_str().unwrap().parse().unwrap();
        let authentication = Authentication { methods: MethodSet::PASSWORD, at: Utc::now() };
        tokens.issue(id("sub"), id("sid"), authentication, None, None).unwrap().0
    };
    let foreign_under_our_name = {
        let (_, rest) = foreign.split_once('.').unwrap();
        format!("{}.{rest}", pieces[0])
    };
    let mut last = signature.chars().next_back().unwrap();
    last = if last == 'A' { 'Q' } else { 'A' };
    let touched = format!("{}.{}.{}{last}", pieces[0], pieces[1], &signature[..signature.len() - 1]);
    for (what, token) in [
        ("signed by another key", foreign),
        ("signed by another key under our key's name", foreign_under_our_name),
        ("alg none, no signature", made(&with(&header, "alg", json!("none")), &claims, "")),
        ("alg None, our signature", made(&with(&header, "alg", json!("None")), &claims, signature)),
        ("alg HS256", made(&with(&header, "alg", json!("HS256")), &claims, signature)),
        ("other claims", made(&header, &with(&claims, "exp", json!(9_999_999_999_u64)), signature)),
        ("another type", made(&with(&header, "typ", json!("JWT")), &claims, signature)),
        ("no key named", made(&with(&header, "kid", json!(null)), &claims, signature)),
        ("a key by URL", made(&with(&header, "jku", json!("http://127.0.0.1:1/")), &claims, signature)),
        ("no signature", format!("{}.{}.", pieces[0], pieces[1])),
        ("a touched signature", touched),
        ("two pieces", format!("{}.{}", pieces[0], pieces[1])),
        ("four pieces", format!("{good}.x")),
        ("nothing", String::new()),
        ("a huge one", format!("{}.{}.{}", pieces[0], "A".repeat(20_000), signature)),
        ("another token behind", format!("{good} {good}")),
    ] {
        let refused = app.nobody().with_token(&token).get("/v1/me").await;
        assert_eq!((refused.status, refused.code()), (401, "invalid_token"), "{what}: {}", refused.text);
    }
    admin.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_taken_from_one_bearer_header_only() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let good = admin.access_token().unwrap();
    let with = async |value: &str| {
        let request = app.nobody().request("GET", "/v1/me").header("authorization", value);
        Answer::to(request).await
    };
    with(&format!("bearer {good}")).await.expect_status(200);
    with(&format!("BEARER  {good}")).await.expect_status(200);
    with(good).await.expect_problem(401, "authentication_required");
    with("Basic cm9vdDp4").await.expect_problem(401, "authentication_required");
    with("Bearer").await.expect_problem(401, "invalid_token");
    let twice = admin.request("GET", "/v1/me").header("authorization", format!("Bearer {good}"));
    Answer::to(twice).await.expect_problem(401, "invalid_token");
    app.nobody().get(&format!("/v1/me?access_token={good}")).await.expect_problem(401, "authentication_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_valid_until_it_expires() {
    let short = Options { access_token_ttl: Duration::from_mins(1), ..Options::default() };
    let app = TestApp::with(short).await;
    let admin = app.admin().await;
    assert_eq!(admin.token["expires_in"], 60);
    app.clock.advance(TimeDelta::seconds(58));
    admin.get("/v1/me").await.expect_status(200);
    app.clock.advance(TimeDelta::seconds(5));
    admin.get("/v1/me").await.expect_problem(401, "invalid_token");
    app.admin().await.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_from_ahead_of_time_is_refused_but_for_a_small_difference_of_clocks() {
    let app = TestApp::start().await;
    app.clock.advance(TimeDelta::seconds(60));
    let admin = app.admin().await;
    app.clock.advance(TimeDelta::seconds(-2));
    admin.get("/v1/me").await.expect_status(200);
    app.clock.advance(TimeDelta::seconds(-8));
    admin.get("/v1/me").await.expect_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_unused_for_long_and_at_all() {
    let lifetimes = Options {
        access_token_ttl: Duration::from_hours(1000),
        idle: TimeDelta::hours(2),
        absolute: TimeDelta::hours(24),
        ..Options::default()
    };
    let app = TestApp::with(lifetimes).await;
    let admin = app.admin().await;
    app.clock.advance(TimeDelta::minutes(119));
    admin.get("/v1/me").await.expect_status(200);
    admin.get("/v1").await.expect_status(200);
    app.clock.advance(TimeDelta::minutes(2));
    for path in ["/v1/me", "/v1/users", "/v1"] {
        admin.get(path).await.expect_problem(401, "invalid_token");
    }
    let body = json!({ "username": "ada", "email": "ada@example.com" });
    admin.post("/v1/users", &body).await.expect_problem(401, "invalid_token");
}

//! What sessions, tokens and services say about how a user has signed in.

use super::{app, prove, with};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use usher_testkit::{Answer, Options, Person};

const SECRET: &str = "a-secret-of-the-billing-service";

fn claims(token: &Value) -> Value {
    let token = token["access_token"].as_str().unwrap();
    serde_json::from_slice(&BASE64URL.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

async fn session(person: &Person) -> Value {
    let page = person.get(&format!("{}/sessions", person.path())).await.expect_status(200).json;
    page["_embedded"]["sessions"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_and_its_tokens_say_how_and_when_its_user_was_authenticated() {
    let app = app().await;
    let ada = app.user("ada").await;
    let begun = session(&ada).await;
    assert_eq!((&begun["methods"], &begun["authenticated_at"]), (&json!(["pwd"]), &begun["created_at"]));
    let first = claims(&ada.token);
    let seconds = DateTime::parse_from_rfc3339(begun["created_at"].as_str().unwrap()).unwrap().timestamp();
    assert_eq!((&first["amr"], &first["auth_time"]), (&json!(["pwd"]), &json!(seconds)));

    app.clock.advance(TimeDelta::minutes(5));
    let refresh = async |token: &Value| {
        let token = token["refresh_token"].as_str().unwrap();
        let grant = [("grant_type", "refresh_token"), ("refresh_token", token)];
        app.nobody().form("/v1/oauth/token", &grant).await.expect_status(200).json
    };
    let next = refresh(&ada.token).await;
    assert_eq!((&claims(&next)["amr"], &claims(&next)["auth_time"]), (&json!(["pwd"]), &json!(seconds)));
    prove(&app, &ada).await;
    let proved = session(&ada).await;
    assert_eq!(proved["methods"], json!(["pwd", "otp", "mfa"]));
    assert!(proved["authenticated_at"].as_str() > proved["created_at"].as_str());
    let last = claims(&refresh(&next).await);
    assert_eq!(last["amr"], json!(["pwd", "otp", "mfa"]));
    assert!((last["auth_time"].as_i64().unwrap() - app.clock.now().timestamp()).abs() < 60);
    let export = ada.get(&format!("{}/export", ada.path())).await.expect_status(200).json;
    assert_eq!(export["sessions"][0]["methods"], proved["methods"]);
    assert_eq!(export["sessions"][0]["authenticated_at"], proved["authenticated_at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_learns_how_the_user_of_a_token_was_authenticated() {
    let introspection_clients = format!("billing:{SECRET}");
    let app = with(Options { introspection_clients, ..Options::default() }).await;
    let ada = app.user("ada").await;
    let introspect = async |token: &str| {
        let request = app.nobody().request("POST", "/v1/oauth/introspect").basic_auth("billing", Some(SECRET));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        Answer::to(request.body(format!("token={token}"))).await.expect_status(200).json
    };
    for name in ["access_token", "refresh_token"] {
        let seen = introspect(ada.token[name].as_str().unwrap()).await;
        assert_eq!((&seen["amr"], &seen["auth_time"]), (&json!(["pwd"]), &claims(&ada.token)["auth_time"]));
    }
    app.clock.advance(TimeDelta::minutes(5));
    prove(&app, &ada).await;
    let seen = introspect(ada.access_token().unwrap()).await;
    assert_eq!(seen["amr"], json!(["pwd", "otp", "mfa"]), "as the session is now");
    assert!(seen["auth_time"].as_i64() > claims(&ada.token)["auth_time"].as_i64());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_a_release_without_second_factors_was_authenticated_by_the_password_when_it_began() {
    let app = app().await;
    let ada = app.user("ada").await;
    let insertion = format!(
        "INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at) \
         VALUES (gen_random_uuid(), '{}', '2026-01-01T00:00:00Z', now(), now() + interval '1 year')",
        ada.id
    );
    app.sql().await.execute(&insertion).await;
    let page = ada.get(&format!("{}/sessions", ada.path())).await.expect_status(200).json;
    let sessions = page["_embedded"]["sessions"].as_array().unwrap();
    let old = sessions.iter().find(|session| session["current"] == false).unwrap();
    assert_eq!((&old["methods"], &old["authenticated_at"]), (&json!(["pwd"]), &json!("2026-01-01T00:00:00.000Z")));
}

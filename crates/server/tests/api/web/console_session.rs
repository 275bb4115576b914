//! The browser session of the console.

use chrono::TimeDelta;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use usher_testkit::{Answer, Options, PASSWORD, TestApp};

const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

/// A request of the page, with this cookie.
pub(super) async fn ask(app: &TestApp, method: &str, path: &str, cookie: Option<&str>, body: &str) -> Answer {
    let request = app.nobody().request(method, path).header(OWN.0, OWN.1);
    let request = match cookie {
        Some(cookie) => request.header("cookie", format!("other=1; usher_console={cookie}")),
        None => request,
    };
    let form = "application/x-www-form-urlencoded";
    let request = if body.is_empty() { request } else { request.header("content-type", form).body(body.to_owned()) };
    Answer::to(request).await
}

async fn sign_in(app: &TestApp, username: &str, password: &str, cookie: Option<&str>) -> Answer {
    let body = format!("grant_type=password&username={username}&password={password}");
    ask(app, "POST", "/console/session", cookie, &body).await
}

async fn renew(app: &TestApp, cookie: &str) -> Answer {
    ask(app, "POST", "/console/token", Some(cookie), "").await
}

/// The value of the cookie that an answer sets.
fn cookie_of(answer: &Answer) -> String {
    let (value, attributes) = answer.header("set-cookie").split_once(';').unwrap();
    assert_eq!(attributes, " Path=/console; Max-Age=2592000; HttpOnly; SameSite=Strict");
    value.strip_prefix("usher_console=").unwrap().to_owned()
}

async fn status_of(app: &TestApp, tokens: &Value) -> u16 {
    app.nobody().with_token(tokens["access_token"].as_str().unwrap()).get("/v1/me").await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_gets_an_access_token_and_its_browser_the_refresh_token() {
    let app = TestApp::start().await;
    app.nobody().register("ada").await.expect_status(201);
    let begun = sign_in(&app, "ada", PASSWORD, None).await.expect_status(200);
    let members: BTreeSet<&str> = begun.json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(["access_token", "expires_in", "token_type"]));
    assert_eq!((begun.header("cache-control"), begun.header("pragma")), ("no-store", "no-cache"));
    assert_eq!(status_of(&app, &begun.json).await, 200);
    let cookie = cookie_of(&begun);
    let renewed = renew(&app, &cookie).await.expect_status(200);
    assert_eq!(renewed.json.as_object().unwrap().len(), 3);
    assert_ne!(cookie_of(&renewed), cookie);
    // The API reads no cookie.
    ask(&app, "GET", "/v1/me", Some(&cookie_of(&renewed)), "").await.expect_problem(401, "authentication_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sign_in_is_that_of_the_token_endpoint_and_sets_no_cookie() {
    let app = TestApp::start().await;
    app.nobody().register("ada").await.expect_status(201);
    let wrong = sign_in(&app, "ada", "wrong", None).await.expect_problem(400, "invalid_grant");
    assert_eq!(wrong.text, app.nobody().password_grant("ada", "wrong").await.text);
    assert_eq!(wrong.header("set-cookie"), "");
    let refresh = ask(&app, "POST", "/console/session", None, "grant_type=refresh_token&refresh_token=x").await;
    assert_eq!(refresh.expect_problem(400, "unsupported_grant_type").header("set-cookie"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_pages_of_the_service_may_ask() {
    let app = TestApp::start().await;
    for (method, path) in [("POST", "/console/session"), ("DELETE", "/console/session"), ("POST", "/console/token")] {
        for (fields, allowed) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("origin", "http://usher.test")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("sec-fetch-site", "same-site"), ("origin", "http://usher.test")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "null")], false),
            (&[("origin", "http://evil.test")], false),
            (&[], false),
        ] {
            let request = app.nobody().request(method, path);
            let request = fields.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let answer = Answer::to(request).await;
            assert_eq!(answer.code() != "cross_site_request", allowed, "{method} {path} {fields:?}: {}", answer.text);
            assert_eq!(answer.status != 403, allowed);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_that_ask_at_once_get_the_same_successor() {
    let app = TestApp::start().await;
    app.nobody().register("ada").await.expect_status(201);
    let cookie = cookie_of(&sign_in(&app, "ada", PASSWORD, None).await);
    let answers = futures_util::future::join_all((0..10).map(|_| renew(&app, &cookie))).await;
    let successors: Vec<String> = answers.iter().map(cookie_of).collect();
    assert!(successors.iter().all(|successor| *successor == successors[0]), "{successors:?}");
    for answer in &answers {
        assert_eq!(status_of(&app, &answer.json).await, 200);
    }
    app.clock.advance(TimeDelta::minutes(5));
    // Its successor is unused, so an answer may have been lost.
    assert_eq!(cookie_of(&renew(&app, &cookie).await.expect_status(200)), successors[0]);
    renew(&app, &successors[0]).await.expect_status(200);
    app.clock.advance(TimeDelta::seconds(11));
    let reused = renew(&app, &cookie).await.expect_problem(401, "invalid_token");
    assert_eq!(reused.header("set-cookie"), "");
    assert_eq!(status_of(&app, &answers[0].json).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_on_the_server() {
    let app = TestApp::start().await;
    app.nobody().register("ada").await.expect_status(201);
    let begun = sign_in(&app, "ada", PASSWORD, None).await;
    let cookie = cookie_of(&begun);
    for cookie in [Some(cookie.as_str()), Some(cookie.as_str()), None, Some("nonsense")] {
        let ended = ask(&app, "DELETE", "/console/session", cookie, "").await.expect_status(204);
        let removed = "usher_console=; Path=/console; Max-Age=0; HttpOnly; SameSite=Strict";
        assert_eq!(ended.header("set-cookie"), removed);
    }
    assert_eq!(status_of(&app, &begun.json).await, 401);
    renew(&app, &cookie).await.expect_problem(401, "invalid_token");
    ask(&app, "POST", "/console/token", None, "").await.expect_problem(401, "authentication_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_again_ends_the_earlier_session() {
    let app = TestApp::start().await;
    app.nobody().register("ada").await.expect_status(201);
    let first = sign_in(&app, "ada", PASSWORD, None).await;
    sign_in(&app, "ada", "wrong", Some(&cookie_of(&first))).await.expect_status(400);
    assert_eq!(status_of(&app, &first.json).await, 200);
    let second = sign_in(&app, "ada", PASSWORD, Some(&cookie_of(&first))).await.expect_status(200);
    assert_eq!(status_of(&app, &first.json).await, 401);
    assert_eq!(status_of(&app, &second.json).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_user_gets_no_token_and_a_demoted_one_fewer_links() {
    let app = TestApp::start().await;
    let ada = app.user_with("ada", "support", &["users.read", "statistics.read"]).await;
    let begun = sign_in(&app, "ada", PASSWORD, None).await;
    let links = async |tokens: &Value| {
        app.nobody().with_token(tokens["access_token"].as_str().unwrap()).get("/v1").await.links()
    };
    assert!(links(&begun.json).await.contains(&"statistics".to_owned()));
    app.give(&ada, "user").await;
    assert!(!links(&begun.json).await.contains(&"statistics".to_owned()));
    let renewed = renew(&app, &cookie_of(&begun)).await.expect_status(200);
    assert!(!links(&renewed.json).await.contains(&"statistics".to_owned()));
    app.admin().await.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
    renew(&app, &cookie_of(&renewed)).await.expect_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_a_second_factor_signs_in_in_two_steps() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let first = sign_in(&app, "ada", PASSWORD, None).await.expect_problem(400, "mfa_required");
    assert_eq!(first.header("set-cookie"), "");
    let (token, code) = (first.json["mfa_token"].as_str().unwrap(), authenticator.code(&app));
    let second = format!("grant_type=urn:usher:grant:mfa&mfa_token={token}&otp={code}");
    let begun = ask(&app, "POST", "/console/session", None, &second).await.expect_status(200);
    assert_eq!(status_of(&app, &begun.json).await, 200);
    renew(&app, &cookie_of(&begun)).await.expect_status(200);
    // The token of the first step is spent.
    let again = ask(&app, "POST", "/console/session", None, &second).await.expect_problem(400, "mfa_token_spent");
    assert_eq!(again.header("set-cookie"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_the_cookie_stays() {
    let app = TestApp::start().await;
    app.nobody().register("ada").await.expect_status(201);
    let begun = sign_in(&app, "ada", PASSWORD, None).await;
    let cookie = cookie_of(&begun);
    let mut sql = app.sql().await;
    for statement in [
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         RAISE EXCEPTION USING ERRCODE = '57P03', MESSAGE = 'away'; END $$",
        "CREATE TRIGGER fail BEFORE INSERT OR UPDATE OR DELETE ON sessions FOR EACH STATEMENT EXECUTE FUNCTION fail()",
    ] {
        sql.execute(statement).await;
    }
    for (method, path) in [("POST", "/console/token"), ("DELETE", "/console/session")] {
        let away = ask(&app, method, path, Some(&cookie), "").await.expect_problem(503, "unavailable");
        assert_eq!(away.header("set-cookie"), "", "{method} {path}");
    }
    sql.execute("DROP TRIGGER fail ON sessions").await;
    assert_eq!(status_of(&app, &begun.json).await, 200);
    renew(&app, &cookie).await.expect_status(200);
}

/// The events of ended sessions.
async fn ended(app: &TestApp) -> Vec<Value> {
    let query = "SELECT actor_id, target_id, request_id, changes FROM audit_events WHERE action = 'session_revoked'";
    app.sql().await.rows(query).await
}

async fn sign_out(app: &TestApp, fields: &[(&str, &str)]) -> Answer {
    let request = app.nobody().request("DELETE", "/console/session").header(OWN.0, OWN.1);
    Answer::to(fields.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_of_each_cookie_of_the_name_and_of_the_access_token() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(sign_in(&app, "ada", PASSWORD, None).await.expect_status(200));
    }
    let [first, second, third, fourth] = &sessions[..] else { unreachable!() };
    let bearer = |session: &Answer| format!("Bearer {}", session.json["access_token"].as_str().unwrap());
    let cookies = format!("usher_console={}; usher_console=x; usher_console={}", cookie_of(first), cookie_of(second));
    let out = sign_out(&app, &[("cookie", &cookies), ("authorization", &bearer(third))]).await.expect_status(204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    for session in [first, second, third] {
        assert_eq!(status_of(&app, &session.json).await, 401);
    }
    assert_eq!(status_of(&app, &fourth.json).await, 200);
    let events = ended(&app).await;
    assert_eq!(events.len(), 3, "{events:?}");
    for event in &events {
        assert_eq!((&event["actor_id"], &event["target_id"]), (&ada.id.clone().into(), &ada.id.clone().into()));
        assert_eq!(event["request_id"], events[0]["request_id"]);
    }
    // The cookie and the token of one session: it ends once.
    let cookie = format!("usher_console={}", cookie_of(fourth));
    sign_out(&app, &[("cookie", &cookie), ("authorization", &bearer(fourth))]).await.expect_status(204);
    assert_eq!(status_of(&app, &fourth.json).await, 401);
    assert_eq!(ended(&app).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_without_the_cookie_ends_the_session_of_the_access_token_and_no_api_key() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let begun = sign_in(&app, "ada", PASSWORD, None).await.expect_status(200);
    let body = json!({ "name": "script", "scopes": ["account.read"], "current_password": PASSWORD });
    let key = ada.post(&format!("{}/api-keys", ada.path()), &body).await.expect_status(201);
    let key = key.json["key"].as_str().unwrap();
    let token = begun.json["access_token"].as_str().unwrap();
    for ignored in [key, "nonsense", ""] {
        sign_out(&app, &[("authorization", &format!("Bearer {ignored}"))]).await.expect_status(204);
    }
    // Which of two holds is not defined.
    let bearer = format!("Bearer {token}");
    sign_out(&app, &[("authorization", &bearer), ("authorization", &bearer)]).await.expect_status(204);
    // Another site cannot end it either.
    let request = app.nobody().request("DELETE", "/console/session").header("sec-fetch-site", "cross-site");
    Answer::to(request.header("authorization", &bearer)).await.expect_problem(403, "cross_site_request");
    assert_eq!(status_of(&app, &begun.json).await, 200);
    sign_out(&app, &[("authorization", &bearer)]).await.expect_status(204);
    assert_eq!(status_of(&app, &begun.json).await, 401);
    assert_eq!(ended(&app).await.len(), 1);
    app.nobody().with_token(key).get("/v1/me").await.expect_status(200);
    // What comes with the cookie does not keep its session alive.
    let begun = sign_in(&app, "ada", PASSWORD, None).await.expect_status(200);
    let cookie = format!("usher_console={}", cookie_of(&begun));
    sign_out(&app, &[("cookie", &cookie), ("authorization", "Bearer")]).await.expect_status(204);
    assert_eq!(status_of(&app, &begun.json).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn access_tokens_of_the_page_live_for_a_quarter_of_an_hour_at_most() {
    for (minutes, wanted) in [(60, 900), (5, 300)] {
        let access_token_ttl = Duration::from_mins(minutes);
        let app = TestApp::with(Options { access_token_ttl, ..Options::default() }).await;
        let ada = app.user("ada").await;
        assert_eq!(ada.token["expires_in"], minutes * 60);
        let begun = sign_in(&app, "ada", PASSWORD, None).await.expect_status(200);
        let renewed = renew(&app, &cookie_of(&begun)).await.expect_status(200);
        for tokens in [&begun.json, &renewed.json] {
            assert_eq!(tokens["expires_in"], wanted);
            assert_eq!(status_of(&app, tokens).await, 200);
        }
        app.clock.advance(TimeDelta::seconds(wanted + 4));
        for tokens in [&begun.json, &renewed.json] {
            assert_eq!(status_of(&app, tokens).await, 401);
        }
    }
}

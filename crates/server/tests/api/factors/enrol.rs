//! Enrolling authenticator apps.

use super::{code, confirm, confirmed, enrol, factors_of, list, path_of};
use chrono::TimeDelta;
use serde_json::{Value, json};
use usher_domain::FactorSupport;
use usher_testkit::{Options, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_shows_the_secret_once() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let path = format!("{}/totp", factors_of(&ada));
    let created = ada.post(&path, &json!({ "name": " my phone " })).await.expect_status(201);
    let enrolled = &created.json;
    assert_eq!(created.header("location"), path_of(&ada, enrolled));
    assert_eq!(created.header("etag"), "\"1\"");
    assert_eq!(created.links(), ["confirm", "remove", "self", "update"]);
    assert_eq!(enrolled["type"], "totp");
    assert_eq!(enrolled["name"], "my phone");
    assert_eq!(enrolled["confirmed"], false);
    assert_eq!(enrolled["last_used_at"], json!(null));
    assert!(enrolled.get("remaining").is_none());
    let secret = enrolled["secret"].as_str().unwrap();
    assert!(secret.len() == 32 && secret.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7')), "{secret}");
    let uri = enrolled["otpauth_uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/usher:ada?"), "{uri}");
    for part in [&format!("secret={secret}"), "issuer=usher", "algorithm=SHA1", "digits=6", "period=30"] {
        assert!(uri.contains(part), "{uri}");
    }
    assert!(enrolled["qr_svg"].as_str().unwrap().starts_with("<svg "));

    let read = ada.get(created.header("location")).await.expect_status(200);
    assert_eq!(read.header("etag"), "\"1\"");
    let export = ada.get(&format!("{}/export", ada.path())).await.expect_status(200);
    let row = app.sql().await.rows("SELECT * FROM factors").await[0].to_string();
    for text in [&read.text, &export.text, &row] {
        assert!(!text.contains(secret), "{text}");
        assert!(text.contains("my phone"), "{text}");
    }
    for member in ["id", "type", "name", "confirmed", "created_at", "last_used_at", "_links"] {
        assert_eq!(read.json[member], enrolled[member], "{member}");
    }
    assert_eq!(list(&ada).await, [read.json]);
    assert_eq!(app.sql().await.rows("SELECT id FROM users WHERE has_factors").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_may_be_left_out_and_so_may_the_body() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let path = format!("{}/totp", factors_of(&ada));
    let nothing = ada.act(&path).await;
    assert_eq!(nothing.expect_status(201).json["name"], "Authenticator app");
    for body in [json!({}), json!({ "name": null }), json!(null)] {
        let created = ada.post(&path, &body).await;
        assert_eq!(created.expect_status(201).json["name"], "Authenticator app");
    }
    let fault = |body: Value| {
        let (ada, path) = (&ada, &path);
        async move { ada.post(path, &body).await.expect_problem(400, "invalid_input").faults() }
    };
    assert_eq!(fault(json!({ "name": "" })).await, ["/name too_short"]);
    assert_eq!(fault(json!({ "name": "x".repeat(65), "secret": "A" })).await, ["/name too_long", "/secret unknown"]);
    assert_eq!(fault(json!({ "name": "a\nb" })).await, ["/name control_character"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_replaces_the_one_that_is_not_confirmed() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (first, second) = (enrol(&ada).await, enrol(&ada).await);
    assert_ne!(first["secret"], second["secret"]);
    ada.get(&path_of(&ada, &first)).await.expect_problem(404, "not_found");
    let code_of_first = code(&first["secret"], app.clock.now());
    confirm(&ada, &first, &code_of_first).await.expect_problem(404, "not_found");
    let refused = confirm(&ada, &second, &code_of_first).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/code wrong_code"]);
    confirm(&ada, &second, &code(&second["secret"], app.clock.now())).await.expect_status(200);
    // A confirmed one stays.
    let third = enrol(&ada).await;
    let types: Vec<_> =
        list(&ada).await.into_iter().map(|factor| (factor["type"].clone(), factor["confirmed"].clone())).collect();
    let expected = [("totp", false), ("recovery_codes", true), ("totp", true)];
    assert_eq!(types, expected.map(|(kind, confirmed)| (json!(kind), json!(confirmed))));
    assert_eq!(list(&ada).await[0]["id"], third["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_that_is_not_confirmed_within_ten_minutes_is_forgotten() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let enrolled = enrol(&ada).await;
    app.clock.advance(TimeDelta::minutes(10) - TimeDelta::seconds(5));
    ada.get(&path_of(&ada, &enrolled)).await.expect_status(200);
    app.clock.advance(TimeDelta::seconds(6));
    ada.get(&path_of(&ada, &enrolled)).await.expect_problem(404, "not_found");
    assert_eq!(list(&ada).await, [] as [Value; 0]);
    confirm(&ada, &enrolled, &code(&enrolled["secret"], app.clock.now())).await.expect_problem(404, "not_found");
    app.cleanup().await;
    assert_eq!(app.sql().await.rows("SELECT id FROM factors").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_tokens_and_ceremonies_are_deleted() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let mut sql = app.sql().await;
    for (age, spent_age, digest) in
        [("- interval '1 second'", "- interval '61 seconds'", 1), ("+ interval '1 hour'", "- interval '50 seconds'", 2)]
    {
        for statement in [
            format!(
                "INSERT INTO mfa_tokens SELECT '\\x0{digest}', id, now() {age}, 0, '' FROM users WHERE username = 'ada'"
            ),
            format!(
                "INSERT INTO ceremonies SELECT '\\x0{digest}', user_id, id, 'enrol', '{{}}', now() {age} FROM sessions LIMIT 1"
            ),
            format!("INSERT INTO spent_ceremonies VALUES ('\\x0{digest}', now() {spent_age})"),
        ] {
            sql.execute(&statement).await;
        }
    }
    app.cleanup().await;
    for table in ["mfa_tokens", "ceremonies", "spent_ceremonies"] {
        let left = sql.rows(&format!("SELECT encode(digest, 'hex') AS digest FROM {table}")).await;
        assert_eq!(left, [json!({ "digest": "02" })], "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_factors_are_enough_and_recovery_codes_do_not_count() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    confirmed(&app, &ada).await;
    let copy = |n: u32| {
        format!(
            "INSERT INTO factors (id, user_id, type, name, created_at, confirmed_at, secret)
            SELECT gen_random_uuid(), user_id, type, name, created_at, confirmed_at, secret
            FROM (SELECT * FROM factors WHERE type = 'totp' LIMIT 1) AS factor, generate_series(1, {n})"
        )
    };
    app.sql().await.execute(&copy(18)).await;
    let offers = async |query: &str| {
        let page = ada.get(&format!("{}{query}", factors_of(&ada))).await.expect_status(200);
        page.links().contains(&"enrol-totp".to_owned())
    };
    assert!(offers("").await);
    enrol(&ada).await;
    assert!(offers("?limit=1").await, "a new one would replace the one that is not confirmed");
    app.sql().await.execute(&copy(1)).await;
    for query in ["", "?limit=1", "?offset=100"] {
        assert!(!offers(query).await, "{query}");
    }
    ada.act(&format!("{}/totp", factors_of(&ada))).await.expect_problem(409, "too_many_factors");
    let removed =
        list(&ada).await.into_iter().find(|factor| factor["confirmed"] == true && factor["type"] == "totp").unwrap();
    ada.delete(&path_of(&ada, &removed)).await.expect_status(204);
    assert!(offers("").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_can_turn_enrolment_off() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    confirmed(&app, &ada).await;
    let enrolled = enrol(&ada).await;
    let off = FactorSupport { enrolment: false, ..FactorSupport::FULL };
    let off = app.replica_with(Options { factors: off, ..Options::default() }).await;
    let elsewhere = off.nobody().with_token(ada.access_token().unwrap());
    let page = elsewhere.get(&factors_of(&ada)).await.expect_status(200);
    assert_eq!(page.links(), ["create-recovery-codes", "first", "last", "self"]);
    let path = path_of(&ada, &enrolled);
    assert_eq!(elsewhere.get(&path).await.expect_status(200).links(), ["remove", "self", "update"]);
    let code = json!({ "code": code(&enrolled["secret"], app.clock.now()) });
    elsewhere.post(&format!("{path}/confirm"), &code).await.expect_problem(403, "factors_disabled");
    let totp = format!("{}/totp", factors_of(&ada));
    elsewhere.act(&totp).await.expect_problem(403, "factors_disabled");
    super::let_sessions_become_stale(&app).await;
    elsewhere.act(&totp).await.expect_problem(403, "factors_disabled");
}

//! Creating API keys.

use super::{create, key, keys, keys_of, wanted};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde_json::{Value, json};
use usher_testkit::{Options, PASSWORD, Person, TestApp, form_fields, form_property};

fn time(value: &Value) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap().to_utc()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_has_the_form_that_scanners_look_for() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let body = json!({ "name": " nightly report ", "scopes": ["account.write", "account.read"], "current_password": PASSWORD });
    let created = create(&ada, &body).await.expect_status(201);
    let key = created.json["key"].as_str().unwrap();
    let rest = key.strip_prefix("usher_pat_").unwrap();
    assert!(rest.len() == 49 && rest.bytes().all(|digit| digit.is_ascii_alphanumeric()), "{key}");
    assert_eq!(created.json["hint"], key[..14]);
    assert_eq!(created.json["name"], "nightly report");
    assert_eq!(created.json["scopes"], json!(["account.read", "account.write"]));
    assert_eq!(created.json["last_used_at"], json!(null));
    assert_eq!(time(&created.json["expires_at"]) - time(&created.json["created_at"]), TimeDelta::days(90));
    let path = format!("{}/{}", keys_of(&ada), created.json["id"].as_str().unwrap());
    assert_eq!(created.header("location"), path);
    assert_eq!(created.links(), ["revoke", "self"]);
    let read = ada.get(&path).await.expect_status(200);
    assert!(!read.text.contains(key), "{}", read.text);
    for member in ["id", "name", "hint", "scopes", "created_at", "expires_at", "last_used_at", "_links"] {
        assert_eq!(read.json[member], created.json[member], "{member}");
    }
    let rows = app.sql().await.rows("SELECT * FROM api_keys").await;
    assert!(rows.len() == 1 && !rows[0].to_string().contains(key), "only a digest rests in the database");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_of_a_key_are_reported_at_once() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let body = json!({
        "name": "",
        "scopes": ["users.read", "users.fly", "account.write", "account.write", 7],
        "expires_at": "2020-01-01T00:00:00Z",
        "owner": "bob",
    });
    let refused = create(&ada, &body).await.expect_problem(400, "invalid_input");
    let expected = [
        "/expires_at in_the_past",
        "/name too_short",
        "/owner unknown",
        "/scopes missing_requirement",
        "/scopes/0 not_held",
        "/scopes/1 unknown_option",
        "/scopes/3 duplicate",
        "/scopes/4 not_text",
    ];
    assert_eq!(refused.faults(), expected);
    let fault = |field: &str, value: Value| {
        let mut body = wanted(&["account.read"]);
        body[field] = value;
        let ada = &ada;
        async move { create(ada, &body).await.expect_problem(400, "invalid_input").faults() }
    };
    assert_eq!(fault("scopes", json!([])).await, ["/scopes too_few"]);
    let without_scopes = create(&ada, &wanted(&[])).await;
    assert_eq!(without_scopes.json["errors"][0]["detail"], "must have at least 1 value");
    assert_eq!(fault("scopes", json!("account.read")).await, ["/scopes not_array"]);
    assert_eq!(fault("name", json!("x".repeat(65))).await, ["/name too_long"]);
    assert_eq!(fault("name", json!("a\nb")).await, ["/name control_character"]);
    assert_eq!(fault("expires_at", json!("tomorrow")).await, ["/expires_at not_a_time"]);
    assert_eq!(fault("expires_at", json!("2999-01-01T00:00:00Z")).await, ["/expires_at too_late"]);
    assert_eq!(fault("current_password", json!("another-one-22")).await, ["/current_password wrong_password"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_expires_when_its_creator_says_within_the_limit_of_the_operator() {
    let app = TestApp::with(Options { api_key_max_ttl: TimeDelta::days(7), ..Options::default() }).await;
    let ada = app.user("ada").await;
    let created = create(&ada, &wanted(&["account.read"])).await.expect_status(201).json;
    let lifetime = time(&created["expires_at"]) - time(&created["created_at"]);
    assert!((lifetime - TimeDelta::days(7)).abs() < TimeDelta::minutes(1), "the default is not above the limit");
    let mut body = wanted(&["account.read"]);
    let tomorrow = (app.clock.now() + TimeDelta::days(1)).trunc_subsecs(3);
    body["expires_at"] = json!(tomorrow.to_rfc3339());
    let created = create(&ada, &body).await.expect_status(201).json;
    assert_eq!(time(&created["expires_at"]), tomorrow);
    body["expires_at"] = json!((app.clock.now() + TimeDelta::days(8)).to_rfc3339());
    assert_eq!(create(&ada, &body).await.expect_problem(400, "invalid_input").faults(), ["/expires_at too_late"]);
    body["expires_at"] = json!(null);
    create(&ada, &body).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_for_oneself_in_a_session() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    let body = wanted(&["account.read"]);
    app.nobody().post(&keys_of(&ada), &body).await.expect_problem(401, "authentication_required");
    for other in [&admin, &bob] {
        other.post(&keys_of(&ada), &body).await.expect_problem(403, "not_allowed");
    }
    let own = key(&app, &ada, &["account.read", "account.write"]).await;
    super::expect_insufficient_scope(own.post(&keys_of(&ada), &body).await);
    let list = ada.get(&keys_of(&ada)).await.expect_status(200);
    assert_eq!(list.links(), ["create", "first", "last", "revoke-all", "self"]);
    assert_eq!(keys(&list).len(), 1);
    assert!(!admin.get(&keys_of(&ada)).await.expect_status(200).links().contains(&"create".to_owned()));
    // A fresh session is enough.
    let without_password = json!({ "name": "a script", "scopes": ["account.read"] });
    create(&ada, &without_password).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_password_are_throttled() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let mut body = wanted(&["account.read"]);
    body["current_password"] = json!("a-wrong-one-99");
    for _ in 0..5 {
        create(&ada, &body).await.expect_problem(400, "invalid_input");
    }
    // The sixth is heard, and makes the next one wait.
    create(&ada, &body).await;
    create(&ada, &wanted(&["account.read"])).await.expect_problem(429, "too_many_attempts");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_offers_exactly_the_scopes_that_the_caller_may_use() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let support = app.user_with("support", "role-of-support", &["users.read", "users.suspend"]).await;
    let admin = app.admin().await;
    for (person, expected) in [
        (&ada, json!(["account.read", "account.write"])),
        (&support, json!(["account.read", "account.write", "users.read", "users.suspend"])),
    ] {
        let page = person.get_with_forms(&keys_of(person)).await.expect_status(200).json;
        let options = &form_property(&page, "create", "scopes").unwrap()["options"];
        assert_eq!(options["inline"], expected);
        assert_eq!((&options["minItems"], &options["multiple"]), (&json!(1), &json!(true)));
        assert_eq!(form_fields(&page, "create"), ["name", "scopes", "expires_at", "current_password"]);
        for scope in expected.as_array().unwrap() {
            let needed = if scope == "account.write" { "account.read" } else { "users.read" };
            let mut scopes = vec![scope.as_str().unwrap()];
            if scope == "account.write" || scope == "users.suspend" {
                scopes.push(needed);
            }
            create(person, &wanted(&scopes)).await.expect_status(201);
        }
    }
    create(&admin, &wanted(&["roles.read", "roles.write", "audit.read"])).await.expect_status(201);
    let refused = create(&support, &wanted(&["users.read", "users.delete"])).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/scopes/1 not_held"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_keys_are_enough_and_expired_ones_do_not_count() {
    let app = TestApp::with(Options { rate_limit: false, ..Options::default() }).await;
    let ada = app.user("ada").await;
    let mut body = wanted(&["account.read"]);
    body["expires_at"] = json!((app.clock.now() + TimeDelta::days(1)).to_rfc3339());
    for _ in 0..49 {
        create(&ada, &body).await.expect_status(201);
    }
    assert_eq!(is_offered(&ada).await, [true; 4]);
    // Of those that come together, one is created.
    let together = futures_util::future::join_all((0..4).map(|_| create(&ada, &body))).await;
    assert_eq!(together.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(together.iter().filter(|answer| answer.code() == "too_many_api_keys").count(), 3);
    create(&ada, &body).await.expect_problem(409, "too_many_api_keys");
    assert_eq!(is_offered(&ada).await, [false; 4]);
    let newest = keys(&ada.get(&keys_of(&ada)).await)[0]["_links"]["self"]["href"].as_str().unwrap().to_owned();
    ada.delete(&newest).await.expect_status(204);
    assert_eq!(is_offered(&ada).await, [true; 4]);
    create(&ada, &body).await.expect_status(201);
    assert_eq!(is_offered(&ada).await, [false; 4]);
    app.clock.advance(TimeDelta::days(2));
    let again = app.nobody().sign_in("ada", PASSWORD).await;
    assert_eq!(is_offered(&again).await, [true; 4]);
    create(&again, &wanted(&["account.read"])).await.expect_status(201);
}

/// Whether the list of keys has the link and the form that create one, on a page with keys and on one without.
async fn is_offered(owner: &Person) -> Vec<bool> {
    let mut is_offered = Vec::new();
    for query in ["limit=1", "offset=500"] {
        let path = format!("{}?{query}", keys_of(owner));
        let page = owner.get_with_forms(&path).await.expect_status(200).json;
        is_offered.extend([page["_links"]["create"].is_object(), page["_templates"]["create"].is_object()]);
    }
    is_offered
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_mailed_and_the_audit_trail_names_key_and_scopes() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &["account.read"]).await;
    let mails = app.mails_to("ada@example.com", 2).await;
    let mail = mails.iter().find(|mail| mail.subject == "An API key was created for your account").unwrap();
    assert!(!mail.source.contains(&own.text));
    let events = ada.get(&format!("{}/audit-events?action=api_key_created", ada.path())).await.expect_status(200);
    let event = &events.json["_embedded"]["audit_events"][0];
    assert_eq!((&event["actor"]["id"], &event["target"]["id"]), (&json!(ada.id), &json!(ada.id)));
    let expected = json!([
        { "field": "api_key", "from": null, "to": own.id },
        { "field": "scopes", "from": null, "to": "account.read" },
    ]);
    assert_eq!(event["changes"], expected);
}

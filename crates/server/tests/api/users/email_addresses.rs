//! E-mail addresses: two spellings of a domain are one address, two domains are two.

use serde_json::{Value, json};
use usher_testkit::{PASSWORD, TestApp};

const UNICODE: &str = "ada@münchen.de";
const ASCII: &str = "ada@xn--mnchen-3ya.de";

fn person(username: &str, email: &str) -> Value {
    json!({ "username": username, "email": email, "password": PASSWORD })
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mailbox_is_one_user_however_its_domain_is_spelled() {
    let app = TestApp::start().await;
    let (nobody, admin) = (app.nobody(), app.admin().await);
    let spellings = [
        ["ada@münchen.de", "ada@xn--mnchen-3ya.de", "ADA@XN--MNCHEN-3YA.DE", "ada@MÜNCHEN.de"],
        [
            "a@büro.xn--mnchen-3ya.de",
            "a@xn--bro-hoa.münchen.de",
            "a@büro.münchen.de",
            "a@xn--bro-hoa.xn--mnchen-3ya.de",
        ],
        ["bo@xn--strae-oqa.de", "bo@straße.de", "bo@STRAßE.de", "Bo@xn--strae-oqa.DE"],
    ];
    for (n, [first, others @ ..]) in spellings.iter().enumerate() {
        let username = format!("first{n}");
        nobody.post("/v1/register", &person(&username, first)).await.expect_status(201);
        for other in others {
            nobody.post("/v1/register", &person("second", other)).await.expect_problem(409, "email_taken");
            admin.post("/v1/users", &person("second", other)).await.expect_problem(409, "email_taken");
            let signed_in = nobody.sign_in(other, PASSWORD).await;
            assert_eq!(signed_in.get("/v1/me").await.json["username"], json!(username), "{other}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_sign_ins_count_against_the_mailbox_however_its_domain_is_spelled() {
    let app = TestApp::start().await;
    let mut statuses = Vec::new();
    for name in [UNICODE, ASCII, "ada@MÜNCHEN.de", "ADA@XN--MNCHEN-3YA.de", UNICODE, ASCII, "Ada@münchen.DE"] {
        statuses.push(app.nobody().password_grant(name, "wrong-password-1").await.status);
    }
    assert!(statuses.contains(&429), "no user has the address, and one account is counted: {statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_domains_that_fold_to_one_text_are_two() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    nobody.post("/v1/register", &person("bob", "bo@straße.de")).await.expect_status(201);
    nobody.password_grant("bo@strasse.de", PASSWORD).await.expect_problem(400, "invalid_grant");
    nobody.post("/v1/password-resets", &json!({ "email": "bo@strasse.de" })).await.expect_status(202);
    nobody.post("/v1/register", &person("bob2", "bo@strasse.de")).await.expect_status(201);
    let other = nobody.sign_in("bo@strasse.de", PASSWORD).await;
    assert_eq!(other.get("/v1/me").await.json["username"], "bob2");
    app.all_mail_sent().await;
    let resets: Vec<_> = app.mails().into_iter().filter(|mail| mail.subject == "Choose a new password").collect();
    assert!(resets.iter().all(|mail| mail.to != "bo@xn--strae-oqa.de"), "the reset was another's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_mailed_whichever_spelling_is_asked_for() {
    let app = TestApp::start().await;
    app.nobody().post("/v1/register", &person("ada", UNICODE)).await.expect_status(201);
    for email in [ASCII, UNICODE] {
        app.nobody().post("/v1/password-resets", &json!({ "email": email })).await.expect_status(202);
    }
    app.all_mail_sent().await;
    let resets = app.mails().into_iter().filter(|mail| mail.subject == "Choose a new password");
    assert_eq!(resets.filter(|mail| mail.to == ASCII).count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_spelling_of_ones_own_mailbox_takes_effect_at_once_and_is_not_a_new_address() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    nobody.post("/v1/register", &person("ada", UNICODE)).await.expect_status(201);
    let token = app.mail_to(ASCII, 1).await.token().to_owned();
    let (ada, admin) = (nobody.sign_in("ada", PASSWORD).await, app.admin().await);
    let changed = ada.patch(&ada.path(), &json!({ "email": ASCII })).await.expect_status(200);
    assert_eq!((&changed.json["email"], &changed.json["pending_email"]), (&json!(ASCII), &Value::Null));
    assert_eq!(changed.header("etag"), "\"2\"");
    // The link that was mailed to the other spelling went to the same mailbox.
    nobody.post("/v1/email-verifications/confirm", &json!({ "token": token })).await.expect_status(204);
    let changed = admin.patch(&ada.path(), &json!({ "email": UNICODE })).await.expect_status(200);
    assert_eq!((&changed.json["email"], &changed.json["email_verified"]), (&json!(UNICODE), &json!(true)));
    app.all_mail_sent().await;
    assert_eq!(app.mails().iter().filter(|mail| mail.to == ASCII).count(), 1, "no notice of a new address is sent");

    nobody.post("/v1/register", &person("bob", "bob@example.com")).await.expect_status(201);
    let bob = nobody.sign_in("bob", PASSWORD).await;
    let adas = json!({ "email": ASCII, "current_password": PASSWORD });
    bob.patch(&bob.path(), &adas).await.expect_problem(409, "email_taken");
    admin.patch(&bob.path(), &json!({ "email": ASCII })).await.expect_problem(409, "email_taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_either_spelling_and_parts_of_a_domain() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (username, email) in [("ada", UNICODE), ("bob", "bob@xn--strae-oqa.de"), ("eve", "eve@strasse.de")] {
        admin.post("/v1/users", &person(username, email)).await.expect_status(201);
    }
    for (q, expected) in [
        ("münch", vec!["ada"]),
        ("MÜNCHEN", vec!["ada"]),
        ("xn--mnchen-3ya", vec!["ada"]),
        ("ada@xn--mnchen-3ya.de", vec!["ada"]),
        ("straße", vec!["bob", "eve"]),
        ("@xn--strae-oqa.de", vec!["bob"]),
        ("strasse", vec!["eve"]),
    ] {
        let encoded: Vec<String> = q.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let page = admin.get(&format!("/v1/users?q={}&sort=username", encoded.concat())).await.expect_status(200);
        let users = page.json["_embedded"]["users"].as_array().unwrap().clone();
        let names: Vec<&str> = users.iter().map(|user| user["username"].as_str().unwrap()).collect();
        assert_eq!((names, page.json["total"].as_u64()), (expected.clone(), Some(expected.len() as u64)), "{q}");
    }
}

/// What the release before this one has stored.
async fn stored_as_before(app: &TestApp, username: &str, key: &str) {
    let statement = format!("UPDATE users SET email_key = '{key}' WHERE username = '{username}'");
    app.sql().await.execute(&statement).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_an_earlier_version_made_are_renewed_when_the_database_is_migrated() {
    let app = TestApp::start().await;
    let (nobody, admin) = (app.nobody(), app.admin().await);
    for (username, email, key) in
        [("ada", ASCII, ASCII), ("bob", "bo@straße.de", "bo@strasse.de"), ("eve", "eve@münchen.de", "eve@münchen.de")]
    {
        admin.post("/v1/users", &person(username, email)).await.expect_status(201);
        stored_as_before(&app, username, key).await;
    }
    nobody.password_grant(UNICODE, PASSWORD).await.expect_problem(400, "invalid_grant");
    for _ in 0..2 {
        usher_persistence::migrate(&app.database_url).await.unwrap();
        for email in [UNICODE, ASCII, "bo@straße.de", "bo@xn--strae-oqa.de", "eve@xn--mnchen-3ya.de"] {
            nobody.password_grant(email, PASSWORD).await.expect_status(200);
        }
        nobody.password_grant("bo@strasse.de", PASSWORD).await.expect_problem(400, "invalid_grant");
    }
    let rows = app.sql().await.rows("SELECT version FROM users WHERE username = 'ada'").await;
    assert_eq!(rows, [json!({ "version": 1 })], "nothing of what clients see has changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_users_of_one_mailbox_stay_as_they_are_until_an_operator_decides() {
    let app = TestApp::start().await;
    let (nobody, admin) = (app.nobody(), app.admin().await);
    admin.post("/v1/users", &person("first", UNICODE)).await.expect_status(201);
    let made = admin.post("/v1/users", &person("second", "elsewhere@example.com")).await.expect_status(201);
    let earlier = format!("UPDATE users SET email = '{ASCII}', email_key = '{ASCII}' WHERE username = 'second'");
    app.sql().await.execute(&earlier).await;
    usher_persistence::migrate(&app.database_url).await.unwrap();
    for email in [UNICODE, ASCII] {
        assert_eq!(nobody.sign_in(email, PASSWORD).await.get("/v1/me").await.json["username"], "first");
    }
    assert_eq!(nobody.sign_in("second", PASSWORD).await.get("/v1/me").await.json["email"], ASCII);

    // A list by address is walked by what is stored.
    let mut next = Some("/v1/users?sort=email&limit=1".to_owned());
    let mut seen = Vec::new();
    while let Some(path) = next {
        let page = admin.get(&path).await.expect_status(200);
        seen.push(page.json["_embedded"]["users"][0]["username"].as_str().unwrap().to_owned());
        assert!(seen.len() <= 3, "{seen:?}");
        next = page.href("next");
    }
    assert_eq!(seen, ["first", "second", "root"]);

    admin.delete(&format!("/v1/users/{}", nobody.sign_in("first", PASSWORD).await.id)).await.expect_status(204);
    usher_persistence::migrate(&app.database_url).await.unwrap();
    let id = nobody.sign_in(UNICODE, PASSWORD).await.id;
    assert_eq!(json!(id), made.json["id"]);
}

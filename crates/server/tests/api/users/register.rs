//! Registration: when it is open, conflicts, and errors.

use serde_json::{Value, json};
use usher_domain::clock::time_of_id;
use usher_testkit::{Answer, Options, PASSWORD, TestApp};

fn registration(username: &str, email: &str, password: &str) -> Value {
    json!({ "username": username, "email": email, "password": password })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_registers_and_is_a_plain_active_user() {
    let app = TestApp::start().await;
    let body = registration("Ada", "Ada@Example.com", PASSWORD);
    let made = app.nobody().post("/v1/register", &body).await.expect_status(201);

    let id = made.json["id"].as_str().unwrap();
    assert_eq!(made.header("location"), format!("/v1/users/{id}"));
    assert_eq!(made.header("etag"), "\"1\"");
    assert_eq!(made.header("content-type"), "application/hal+json");
    assert_eq!(made.header("vary"), "Accept, Authorization");
    assert_eq!(made.header("cache-control"), "no-store");
    assert_eq!(made.header("x-content-type-options"), "nosniff");
    assert_eq!(
        made.json,
        json!({
            "id": id, "username": "Ada", "email": "Ada@Example.com", "email_verified": false, "pending_email": null,
            "role": "user", "status": "active",
            "created_at": made.json["created_at"], "updated_at": made.json["created_at"], "last_login_at": null,
            "_links": { "token": { "href": "/v1/oauth/token", "method": "POST" } },
        })
    );
    let created = made.json["created_at"].as_str().unwrap();
    assert!(created.ends_with('Z'), "{created}");
    let id: uuid::Uuid = id.parse().unwrap();
    assert_eq!(id.get_version_num(), 7);
    assert_eq!(time_of_id(id), Some(created.parse().unwrap()), "the id's time is the time of creation");
    assert!(!made.text.contains("password"), "{}", made.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn registration_looks_at_nobodys_token() {
    let app = TestApp::start().await;
    app.nobody().with_token("broken").register("ada").await.expect_status(201);
    let made = app.admin().await.register("bob").await.expect_status(201);
    assert_eq!(made.links(), ["token"], "represented for an anonymous caller, whoever calls");
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_registration_is_reported_before_any_fault_of_the_request() {
    let closed = Options { registration: usher_domain::policy::Registration::Closed, ..Options::default() };
    let app = TestApp::with(closed).await;
    app.nobody().register("ada").await.expect_problem(403, "registration_closed");
    app.nobody().post("/v1/register?x=1", &json!([1])).await.expect_problem(403, "registration_closed");
    app.admin().await.register("ada").await.expect_problem(403, "registration_closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_one_registers_as_an_admin() {
    let app = TestApp::start().await;
    let mut body = registration("ada", "ada@example.com", PASSWORD);
    body["role"] = "admin".into();
    let refused = app.nobody().post("/v1/register", &body).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/role unknown"]);
    body["role"] = "user".into();
    assert_eq!(app.nobody().post("/v1/register", &body).await.faults(), ["/role unknown"], "nor as anything else");
    assert_eq!(app.admin().await.get("/v1/users").await.json["total"], 1, "no user was created");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_faults_are_reported_at_once() {
    let app = TestApp::start().await;
    let body = json!({ "username": "a b", "email": "nope", "id": 1, "role": "admin", "a/b~c": null });
    let refused = app.nobody().post("/v1/register?page=2&page=3", &body).await.expect_problem(400, "invalid_input");
    assert_eq!(
        refused.faults(),
        [
            "/a~1b~0c unknown",
            "/email bad_email",
            "/id unknown",
            "/page duplicate",
            "/page unknown",
            "/password required",
            "/role unknown",
            "/username bad_character",
        ]
    );
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(refused.json["status"], 400);
    assert!(refused.json["type"].as_str().unwrap().ends_with("invalid_input"));
    for member in ["title", "detail"] {
        assert!(!refused.json[member].as_str().unwrap().is_empty(), "{member}");
    }
    for error in refused.json["errors"].as_array().unwrap() {
        assert!(!error["detail"].as_str().unwrap().is_empty(), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_unique_in_any_case_and_spelling() {
    let app = TestApp::start().await;
    let try_it = async |username: &str, email: &str| -> Answer {
        app.nobody().post("/v1/register", &registration(username, email, PASSWORD)).await
    };
    try_it("straße", "ada@example.com").await.expect_status(201);
    for same in ["straße", "STRASSE", "Straße", "ｓｔｒａｓｓｅ"] {
        try_it(same, "new@example.com").await.expect_problem(409, "username_taken");
    }
    for same in ["ada@example.com", "ADA@EXAMPLE.COM", "Ada@example.Com"] {
        try_it("another", same).await.expect_problem(409, "email_taken");
    }
    try_it("strasse", "ada@example.com").await.expect_problem(409, "username_taken");
    try_it("another", "new@example.com").await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn readable_usernames_are_accepted_and_confusing_ones_refused() {
    let app = TestApp::start().await;
    let long = "a".repeat(32);
    for good in ["ada", "Ada.L-o_v2", "0ada", "владимир", "李小龙", "محمد", "יוסף", &long] {
        let email = format!("u{}@example.com", good.bytes().map(u64::from).sum::<u64>());
        let made = app.nobody().post("/v1/register", &registration(good, &email, PASSWORD)).await.expect_status(201);
        assert_eq!(made.json["username"], good);
    }
    let (longer, far_longer) = ("a".repeat(33), "a".repeat(10_000));
    for (bad, code) in [
        ("", "too_short"),
        ("ab", "too_short"),
        (longer.as_str(), "too_long"),
        (far_longer.as_str(), "too_long"),
        ("ada lovelace", "bad_character"),
        ("ada@example", "bad_character"),
        ("ada!", "bad_character"),
        ("ada/../x", "bad_character"),
        ("<script>", "bad_start"),
        ("-ada", "bad_start"),
        (".ada", "bad_start"),
        ("_ada", "bad_start"),
        ("=1+1", "bad_start"),
        ("ada\0", "invisible_character"),
        ("a\nda", "invisible_character"),
        ("a\u{200b}da", "invisible_character"),
        ("a\u{200d}da", "invisible_character"),
        ("a\u{202e}da", "invisible_character"),
        ("a\u{feff}da", "invisible_character"),
        ("ada\u{3164}", "invisible_character"),
        ("ada\u{e0041}", "invisible_character"),
        ("аda", "mixed_scripts"),
        ("ad\u{661}\u{6f1}", "mixed_scripts"),
        ("ada🦀", "bad_character"),
    ] {
        let refused = app.nobody().post("/v1/register", &registration(bad, "x@example.com", PASSWORD)).await;
        let shown: String = bad.chars().take(20).collect();
        assert_eq!(refused.status, 400, "{shown:?}: {}", refused.text);
        assert_eq!(refused.faults(), [format!("/username {code}")], "{shown:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_addresses_that_mail_can_be_sent_to_are_accepted() {
    let app = TestApp::start().await;
    let domain = format!("{}.{}.example.com", "d".repeat(60), "e".repeat(60));
    let long = |bytes: usize| {
        let rest = format!("@{}.{}.{domain}", "b".repeat(50), "c".repeat(40 + bytes - 254));
        format!("{}{rest}", "a".repeat(bytes - rest.len()))
    };
    let (longest, too_long, far_too_long) = (long(254), long(255), format!("{}@example.com", "a".repeat(10_000)));
    assert_eq!((longest.len(), too_long.len()), (254, 255));
    app.nobody().post("/v1/register", &registration("longest", &longest, PASSWORD)).await.expect_status(201);
    app.nobody().post("/v1/register", &registration("plus", "ada+tag@example.com", PASSWORD)).await.expect_status(201);
    for bad in [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "ada@@example.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@127.0.0.1",
        "ada@[127.0.0.1]",
        "\"ada\"@example.com",
        "ada lovelace@example.com",
        "=ada@example.com",
        "+ada@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\0",
        "ada\u{200b}@example.com",
        "ada@example.com,eve@example.com",
        "Ada <ada@example.com>",
        &too_long,
        &far_too_long,
    ] {
        let refused = app.nobody().post("/v1/register", &registration("ada", bad, PASSWORD)).await;
        let shown: String = bad.chars().take(40).collect();
        assert_eq!(refused.status, 400, "{shown:?}: {}", refused.text);
        let faults = refused.faults();
        assert!(faults.len() == 1 && faults[0].starts_with("/email "), "{shown:?}: {faults:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_taken_exactly_as_sent_or_not_at_all() {
    let app = TestApp::start().await;
    let longest = format!("{}kQ9$vT2!ha", "ü".repeat(31));
    assert_eq!(longest.len(), 72);
    for (n, good) in [longest.as_str(), " kQ9$vT2!ha ", "パスワード123です", "x7Kq!m2Z"].into_iter().enumerate()
    {
        let name = format!("user{n}");
        let body = registration(&name, &format!("{name}@example.com"), good);
        app.nobody().post("/v1/register", &body).await.expect_status(201);
        app.nobody().sign_in(&name, good).await;
        app.nobody().password_grant(&name, good.trim_end()).await.expect_status(if good.ends_with(' ') {
            400
        } else {
            200
        });
    }
    let too_long = format!("{longest}!");
    for (bad, code) in [
        ("", "too_short"),
        ("x7Kq!m2", "too_short"),
        (too_long.as_str(), "too_long"),
        ("kQ9$vT2!ha\0", "contains_nul"),
        ("kQ9\0$vT2!ha", "contains_nul"),
        ("password1", "too_common"),
        ("aaaaaaaaaaaa", "too_weak"),
        ("lovelace1815", "too_personal"),
        ("Lovelace!!", "too_personal"),
        ("analytical", "too_weak"),
    ] {
        let body = registration("ada", "lovelace@engine.example.com", bad);
        let refused = app.nobody().post("/v1/register", &body).await;
        assert_eq!(refused.status, 400, "{bad:?}: {}", refused.text);
        assert_eq!(refused.faults(), [format!("/password {code}")], "{bad:?}");
        assert!(bad.is_empty() || !refused.text.contains(bad), "a password is never sent back: {}", refused.text);
    }
}

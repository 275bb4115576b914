//! Guessing is slowed: by account, by address, and for the questions that tell who exists.

use chrono::TimeDelta;
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};
use usher_testkit::{Answer, Client, Options, PASSWORD, Person, TestApp};

const TOKEN: &str = "/v1/oauth/token";
const HOME: &str = "192.0.2.1";
const AWAY: &str = "198.51.100.7";

/// A service behind a proxy that tells the client's address.
async fn behind_a_proxy() -> TestApp {
    TestApp::with(proxied()).await
}

fn proxied() -> Options {
    Options { trusted_proxies: vec!["127.0.0.0/8".to_owned()], ..Options::default() }
}

/// A sign-in from that address.
async fn sign_in(app: &TestApp, from: &str, username: &str, password: &str) -> Answer {
    let body = format!("grant_type=password&username={username}&password={password}");
    let request = app
        .nobody()
        .request("POST", TOKEN)
        .header("x-forwarded-for", from)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    Answer::to(request).await
}

/// Six failures, one more than are free, and four after the waits that those brought: the next one has to wait for 16 s.
async fn fail_too_often(app: &TestApp, fail: impl AsyncFn()) {
    for _ in 0..6 {
        fail().await;
    }
    fail_after_each_wait(app, fail).await;
}

/// After the first failure that is not free.
async fn fail_after_each_wait(app: &TestApp, fail: impl AsyncFn()) {
    for delay in [1, 2, 4, 8] {
        app.clock.advance(TimeDelta::seconds(delay));
        fail().await;
    }
}

async fn guess_wrong(app: &TestApp, from: &str, username: &str) {
    sign_in(app, from, username, "wrong").await.expect_problem(400, "invalid_grant");
}

async fn guess_too_often(app: &TestApp, from: &str, username: &str) {
    fail_too_often(app, async || guess_wrong(app, from, username).await).await;
}

/// Fails unless the answer says to wait for so many seconds, of which less than half may have passed: half was the wait before.
#[track_caller]
fn waits(answer: &Answer, seconds: i64) {
    assert_eq!((answer.status, answer.code()), (429, "too_many_attempts"), "{}", answer.text);
    let told: i64 = answer.header("retry-after").parse().unwrap();
    assert!((seconds / 2 + 1..=seconds).contains(&told), "{told} instead of {seconds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_failures_are_free_and_each_further_one_doubles_the_wait() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    guess_too_often(&app, AWAY, "ada").await;
    for delay in [16, 32, 64, 128, 256, 512, 900, 900] {
        waits(&sign_in(&app, AWAY, "ada", "wrong").await, delay);
        waits(&sign_in(&app, AWAY, "ada", PASSWORD).await, delay);
        app.clock.advance(TimeDelta::seconds(delay));
        guess_wrong(&app, AWAY, "ada").await;
    }
    app.clock.advance(TimeDelta::seconds(900));
    sign_in(&app, AWAY, "ada", PASSWORD).await.expect_status(200);
    guess_too_often(&app, AWAY, "ada").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_forgotten_a_quarter_of_an_hour_after_the_wait() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    guess_too_often(&app, AWAY, "ada").await;
    app.clock.advance(TimeDelta::minutes(15));
    guess_wrong(&app, AWAY, "ada").await;
    waits(&sign_in(&app, AWAY, "ada", "wrong").await, 32);
    app.clock.advance(TimeDelta::seconds(32) + TimeDelta::minutes(15));
    guess_too_often(&app, AWAY, "ada").await;
    app.clock.advance(TimeDelta::minutes(16));
    app.tidy().await;
    assert_eq!(app.sql().await.rows("SELECT FROM throttles").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_clears_the_account() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    for _ in 0..3 {
        for _ in 0..5 {
            guess_wrong(&app, AWAY, "ada").await;
        }
        sign_in(&app, AWAY, "ada", PASSWORD).await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_the_account_has_signed_in_from_is_not_slowed_by_others() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    sign_in(&app, HOME, "ada", PASSWORD).await.expect_status(200);
    guess_too_often(&app, AWAY, "ada").await;
    waits(&sign_in(&app, AWAY, "ada", PASSWORD).await, 16);
    waits(&sign_in(&app, "203.0.113.9", "ada", PASSWORD).await, 16);
    sign_in(&app, HOME, "ada", "mistyped").await.expect_problem(400, "invalid_grant");
    sign_in(&app, HOME, "ada", PASSWORD).await.expect_status(200);

    // Nor may it guess for ever.
    guess_too_often(&app, HOME, "ada").await;
    waits(&sign_in(&app, HOME, "ada", PASSWORD).await, 16);
    waits(&sign_in(&app, AWAY, "ada", PASSWORD).await, 16);
    app.clock.advance(TimeDelta::days(91));
    app.tidy().await;
    guess_too_often(&app, AWAY, "ada").await;
    waits(&sign_in(&app, HOME, "ada", PASSWORD).await, 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_does_not_guess_at_many_accounts() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    sign_in(&app, HOME, "ada", PASSWORD).await.expect_status(200);
    for n in 0..101 {
        // Neighbours in an IPv6 network are one caller.
        let from = if n % 2 == 0 { "2001:db8::1" } else { "2001:db8::ffff:2" };
        guess_wrong(&app, from, &format!("user{n}")).await;
    }
    fail_after_each_wait(&app, async || guess_wrong(&app, "2001:db8::1", "nobody").await).await;
    waits(&sign_in(&app, "2001:db8::3", "ada", PASSWORD).await, 16);
    sign_in(&app, "2001:db8:0:1::3", "ada", PASSWORD).await.expect_status(200);
    // What was right is no failure, but it takes nobody else's away.
    app.clock.advance(TimeDelta::seconds(16));
    sign_in(&app, "2001:db8::3", "ada", PASSWORD).await.expect_status(200);
    waits(&sign_in(&app, "2001:db8::3", "somebody", "wrong").await, 32);
    sign_in(&app, "2001:db8::3", "ada", PASSWORD).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_chooses_the_address_they_are_counted_by() {
    let app = TestApp::start().await;
    for n in 0..101 {
        let from = format!("192.0.2.{n}");
        guess_wrong(&app, &from, &format!("user{n}")).await;
    }
    fail_after_each_wait(&app, async || guess_wrong(&app, HOME, "nobody").await).await;
    waits(&sign_in(&app, "192.0.2.200", "somebody", "wrong").await, 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_does_not_exist_is_slowed_just_the_same() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    let mut stories = Vec::new();
    for name in ["ada", "nobody", "nobody@example.com", "a%00da"] {
        guess_too_often(&app, AWAY, name).await;
        let refused = sign_in(&app, AWAY, name, "wrong").await;
        waits(&refused, 16);
        let headers: Vec<_> = refused.headers.keys().map(|name| name.as_str().to_owned()).collect();
        stories.push((refused.text, headers));
    }
    stories.dedup();
    assert_eq!(stories.len(), 1, "{stories:#?}");
    let kept = app.sql().await.rows("SELECT FROM throttles WHERE failures > 5").await;
    assert_eq!(kept.len(), 4 + 2, "four accounts, one address and its network");
}

#[tokio::test(flavor = "multi_thread")]
async fn username_and_address_are_one_account_in_any_case_suspended_or_not() {
    let app = behind_a_proxy().await;
    let ada = app.user("ada").await;
    for suspended in [false, true] {
        if suspended {
            app.admin().await.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
        }
        for name in ["ada", "ADA", "ada@example.com", "Ada@Example.com", "ada", "ada@example.com"] {
            guess_wrong(&app, AWAY, name).await;
        }
        fail_after_each_wait(&app, async || guess_wrong(&app, AWAY, "ada").await).await;
        for name in ["ada", "ada@example.com"] {
            waits(&sign_in(&app, AWAY, name, PASSWORD).await, 16);
        }
        app.clock.advance(TimeDelta::minutes(16));
    }
    // What a suspended user knows does not help them.
    guess_too_often(&app, AWAY, "ada").await;
    app.clock.advance(TimeDelta::seconds(16));
    sign_in(&app, AWAY, "ada", PASSWORD).await.expect_problem(400, "invalid_grant");
    waits(&sign_in(&app, AWAY, "ada", PASSWORD).await, 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_guesses_at_once_no_more_are_heard_than_one_after_the_other() {
    let app = behind_a_proxy().await;
    let other = app.replica_with(proxied()).await;
    app.user("ada").await;
    let guesses = (0..100).map(|n| sign_in(if n % 2 == 0 { &app } else { &other }, AWAY, "ada", "wrong"));
    let mut statuses = BTreeMap::new();
    for answer in futures_util::future::join_all(guesses).await {
        *statuses.entry(answer.status).or_insert(0) += 1;
    }
    // Time may pass while they are heard, and the next one be in time.
    assert!((6..=10).contains(&statuses[&400]), "{statuses:?}");
    assert_eq!(statuses[&400] + statuses[&429], 100, "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_sign_in_together_with_the_right_password_are_all_let_in() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    for from in [AWAY, HOME] {
        let answers = futures_util::future::join_all((0..20).map(|_| sign_in(&app, from, "ada", PASSWORD))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_replica_counts_with_the_others_and_a_restart_forgets_nothing() {
    let app = behind_a_proxy().await;
    let other = app.replica_with(proxied()).await;
    app.user("ada").await;
    for delay in [0, 0, 0, 0, 0, 0, 1, 2, 4, 8] {
        for app in [&app, &other] {
            app.clock.advance(TimeDelta::seconds(delay));
        }
        guess_wrong(if delay > 0 { &app } else { &other }, AWAY, "ada").await;
    }
    let third = app.replica_with(proxied()).await;
    third.clock.advance(TimeDelta::seconds(15));
    for app in [&app, &other, &third] {
        waits(&sign_in(app, AWAY, "ada", PASSWORD).await, 16);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_current_password_are_slowed_and_sign_ins_are_not() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let path = format!("{}/password", ada.path());
    let change = |current: &str| json!({ "current_password": current, "new_password": "another-good-one-77" });
    let email = |current: &str| json!({ "email": "new@example.com", "current_password": current });
    let wrong = ["/current_password wrong_password"];
    for _ in 0..3 {
        assert_eq!(ada.put(&path, &change("wrong")).await.expect_status(400).faults(), wrong);
        assert_eq!(ada.patch(&ada.path(), &email("wrong")).await.expect_status(400).faults(), wrong);
    }
    fail_after_each_wait(&app, async || drop(ada.put(&path, &change("wrong")).await.expect_status(400))).await;
    waits(&ada.put(&path, &change(PASSWORD)).await, 16);
    waits(&ada.patch(&ada.path(), &email(PASSWORD)).await, 16);
    app.nobody().password_grant("ada", PASSWORD).await.expect_status(200);
    app.clock.advance(TimeDelta::seconds(16));
    ada.patch(&ada.path(), &email(PASSWORD)).await.expect_status(200);
    for _ in 0..5 {
        ada.put(&path, &change("wrong")).await.expect_status(400);
    }
    ada.put(&path, &change(PASSWORD)).await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_asks_very_often_who_exists_is_slowed() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    let ask = |from: &'static str, name: &str| {
        let body = json!({ "username": name, "email": "fresh@example.com", "password": PASSWORD });
        Answer::to(app.nobody().request("POST", "/v1/register").header("x-forwarded-for", from).json(&body))
    };
    let taken = async || drop(ask(AWAY, "ada").await.expect_problem(409, "username_taken"));
    for _ in 0..301 {
        taken().await;
    }
    fail_after_each_wait(&app, taken).await;
    waits(&ask(AWAY, "grace").await, 16);
    ask(HOME, "grace").await.expect_status(201);
    sign_in(&app, AWAY, "ada", PASSWORD).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_asks_very_often_for_mail_is_slowed_whomever_it_is_for() {
    let app = TestApp::with(Options { send_mail: false, ..Options::default() }).await;
    let ask =
        async |n: usize| app.nobody().post("/v1/password-resets", &json!({ "email": format!("a{n}@x.org") })).await;
    for n in 0..301 {
        ask(n).await.expect_status(202);
    }
    fail_after_each_wait(&app, async || drop(ask(0).await.expect_status(202))).await;
    waits(&ask(0).await, 16);
    waits(&ask(900).await, 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_counted_where_it_is_switched_off() {
    let app = TestApp::with(Options { rate_limit: false, ..Options::default() }).await;
    let ada = app.user("ada").await;
    let change = json!({ "current_password": "wrong", "new_password": "another-good-one-77" });
    for _ in 0..10 {
        app.nobody().password_grant("ada", "wrong").await.expect_problem(400, "invalid_grant");
        ada.put(&format!("{}/password", ada.path()), &change).await.expect_status(400);
        app.nobody().register("ada").await.expect_problem(409, "username_taken");
    }
    for n in 0..25 {
        app.nobody().register(&format!("user{n}")).await.expect_status(201);
    }
    for n in 0..125 {
        ada.patch(&ada.path(), &json!({ "username": format!("ada{n}") })).await.expect_status(200);
    }
    ada.patch(&ada.path(), &json!({ "username": "ada" })).await.expect_status(200);
    app.nobody().sign_in("ada", PASSWORD).await;
    assert_eq!(app.sql().await.rows("SELECT FROM throttles").await.len(), 0);
    assert_eq!(app.sql().await.rows("SELECT FROM familiar_addresses").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_refusal_of_each_wait_stands_in_the_trail() {
    let app = behind_a_proxy().await;
    let ada = app.user("ada").await;
    let refused =
        format!("SELECT address FROM audit_events WHERE action = 'sign_in_refused' AND target_id = '{}'", ada.id);
    guess_too_often(&app, AWAY, "ada").await;
    for (rows, delay) in [(10 + 1, 16), (11 + 2, 32)] {
        for _ in 0..3 {
            waits(&sign_in(&app, AWAY, "ada", PASSWORD).await, delay);
        }
        assert_eq!(app.sql().await.rows(&refused).await.len(), rows);
        app.clock.advance(TimeDelta::seconds(delay));
        guess_wrong(&app, AWAY, "ada").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_and_no_address_rests_among_the_counts() {
    let app = behind_a_proxy().await;
    let ada = app.user("ada").await;
    sign_in(&app, HOME, "ada", PASSWORD).await.expect_status(200);
    for name in ["ada", "nobody"] {
        guess_wrong(&app, AWAY, name).await;
    }
    let mut sql = app.sql().await;
    let kept = sql.rows("SELECT encode(subject, 'escape') AS plain, throttles.* FROM throttles").await;
    let kept = format!("{kept:?}{:?}", sql.rows("SELECT address FROM familiar_addresses").await);
    for part in ["ada", "nobody", HOME, AWAY, &ada.id] {
        assert!(!kept.contains(part), "{part} in {kept}");
    }
    let counted = sql.rows("SELECT FROM throttles WHERE failures > 0 AND length(subject) = 32").await.len();
    assert_eq!(
        counted,
        2 + 2 + 2,
        "two accounts, an address and its network, also for the registration from elsewhere"
    );
}

/// Where the admin finds the throttle of a user to lift.
async fn offered(admin: &Client, user: &Person) -> Option<String> {
    let alone = admin.get(&user.path()).await.expect_status(200).href("lift-throttle");
    let page = admin.get("/v1/users?limit=100").await.expect_status(200);
    let users = page.json["_embedded"]["users"].as_array().unwrap();
    let listed = users.iter().find(|listed| listed["id"] == user.id.as_str()).unwrap();
    assert_eq!(listed["_links"]["lift-throttle"]["href"].as_str(), alone.as_deref(), "alone and in a page");
    alone
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sees_who_is_slowed_and_lifts_it() {
    let app = behind_a_proxy().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let path = format!("{}/lift-throttle", ada.path());
    let before = ada.get("/v1/me").await;
    for _ in 0..5 {
        guess_wrong(&app, AWAY, "ada").await;
        assert_eq!(offered(&admin, &ada).await, None);
    }
    admin.act(&path).await.expect_problem(409, "not_throttled");
    guess_wrong(&app, AWAY, "ada").await;
    assert_eq!(offered(&admin, &ada).await, Some(path.clone()));
    let me = ada.get("/v1/me").await;
    assert_eq!((&me.text, me.header("etag")), (&before.text, "\"1\""), "for others nothing has changed");
    ada.act(&path).await.expect_problem(403, "not_allowed");

    let change = json!({ "current_password": "wrong", "new_password": "another-good-one-77" });
    let prove_wrong = async || ada.put(&format!("{}/password", ada.path()), &change).await;
    fail_too_often(&app, async || drop(prove_wrong().await.expect_status(400))).await;
    guess_wrong(&app, AWAY, "ada").await;
    assert_eq!(prove_wrong().await.status, 429);
    assert_eq!(admin.act(&path).await.expect_status(204).text, "");
    assert_eq!(offered(&admin, &ada).await, None);
    admin.act(&path).await.expect_problem(409, "not_throttled");
    prove_wrong().await.expect_status(400);
    sign_in(&app, AWAY, "ada", PASSWORD).await.expect_status(200);
    let trail = "SELECT actor_id, target_id, outcome FROM audit_events WHERE action = 'throttle_lifted'";
    let lifted = json!([{ "actor_id": admin.id, "target_id": ada.id, "outcome": "success" }]);
    assert_eq!(json!(app.sql().await.rows(trail).await), lifted);
    let now = ada.get("/v1/me").await;
    assert_eq!((&now.json["updated_at"], now.header("etag")), (&before.json["updated_at"], "\"1\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_proofs_are_slowed_shows_it_and_lifting_helps() {
    let app = TestApp::with(Options { access_token_ttl: Duration::from_hours(1), ..proxied() }).await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let password = format!("{}/password", ada.path());
    let change = |current: &str| json!({ "current_password": current, "new_password": "another-good-one-77" });
    let prove_wrong = async || drop(ada.put(&password, &change("wrong")).await.expect_status(400));
    let path = format!("{}/lift-throttle", ada.path());
    for _ in 0..5 {
        prove_wrong().await;
        assert_eq!(offered(&admin, &ada).await, None);
    }
    prove_wrong().await;
    fail_after_each_wait(&app, prove_wrong).await;
    assert_eq!(offered(&admin, &ada).await, Some(path.clone()));
    // A sign-in is no proof to these, and sign-ins may be slowed beside them.
    guess_too_often(&app, AWAY, "ada").await;
    app.clock.advance(TimeDelta::seconds(16));
    sign_in(&app, AWAY, "ada", PASSWORD).await.expect_status(200);
    assert_eq!(offered(&admin, &ada).await, Some(path.clone()));
    prove_wrong().await;
    waits(&ada.put(&password, &change(PASSWORD)).await, 32);
    admin.act(&path).await.expect_status(204);
    assert_eq!(offered(&admin, &ada).await, None);
    prove_wrong().await;

    // A proof that is right forgets the wrong ones, but no failed sign-in.
    for _ in 0..4 {
        prove_wrong().await;
    }
    for _ in 0..6 {
        guess_wrong(&app, "203.0.113.9", "ada").await;
    }
    assert_eq!(offered(&admin, &ada).await, Some(path.clone()));
    prove_wrong().await;
    app.clock.advance(TimeDelta::seconds(1));
    ada.put(&password, &change(PASSWORD)).await.expect_status(204);
    assert_eq!(offered(&admin, &ada).await, Some(path.clone()));
    app.clock.advance(TimeDelta::minutes(15) + TimeDelta::seconds(2));
    assert_eq!(offered(&admin, &ada).await, None);
    admin.act(&path).await.expect_problem(409, "not_throttled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_the_proxy_tells_makes_nobody_another_caller() {
    let app = behind_a_proxy().await;
    let ada = app.user("ada").await;
    sign_in(&app, "203.0.113.7:51034", "ada", PASSWORD).await.expect_status(200);
    sign_in(&app, "[2001:db8::7]:443", "ada", PASSWORD).await.expect_status(200);
    let sessions = ada.get(&format!("{}/sessions", ada.path())).await.expect_status(200);
    let sessions = sessions.json["_embedded"]["sessions"].as_array().unwrap().clone();
    let addresses: Vec<_> = sessions.iter().filter_map(|session| session["address"].as_str()).collect();
    for address in ["203.0.113.7", "2001:db8::7"] {
        assert!(addresses.contains(&address), "{addresses:?}");
    }
    let port = std::cell::Cell::new(1000);
    let guess = async || {
        port.set(port.get() + 1);
        guess_wrong(&app, &format!("{AWAY}:{}", port.get()), "ada").await;
    };
    fail_too_often(&app, guess).await;
    waits(&sign_in(&app, &format!("{AWAY}:7"), "ada", PASSWORD).await, 16);
    // The proxy is nobody's address.
    sign_in(&app, "203.0.113.7:51035", "ada", PASSWORD).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn lifting_is_offered_exactly_while_the_failures_are_remembered() {
    let app = TestApp::with(Options { access_token_ttl: Duration::from_hours(1), ..proxied() }).await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    guess_too_often(&app, AWAY, "ada").await;
    app.clock.advance(TimeDelta::minutes(15));
    assert!(offered(&admin, &ada).await.is_some());
    app.clock.advance(TimeDelta::seconds(17));
    assert_eq!(offered(&admin, &ada).await, None);
    admin.act(&format!("{}/lift-throttle", ada.path())).await.expect_problem(409, "not_throttled");
    // From where the account is known too, and until its owner comes.
    sign_in(&app, HOME, "ada", PASSWORD).await.expect_status(200);
    guess_too_often(&app, HOME, "ada").await;
    let path = offered(&admin, &ada).await.unwrap();
    waits(&sign_in(&app, HOME, "ada", PASSWORD).await, 16);
    admin.act(&path).await.expect_status(204);
    sign_in(&app, HOME, "ada", PASSWORD).await.expect_status(200);
    guess_too_often(&app, AWAY, "ada").await;
    assert!(offered(&admin, &ada).await.is_some());
    sign_in(&app, HOME, "ada", PASSWORD).await.expect_status(200);
    assert_eq!(offered(&admin, &ada).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_lifts_their_own_throttle_and_that_of_a_suspended_user() {
    let app = behind_a_proxy().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    admin.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
    for (name, user) in [("root", &admin), ("ada", &ada)] {
        guess_too_often(&app, AWAY, name).await;
        let path = offered(&admin, user).await.unwrap();
        admin.act(&path).await.expect_status(204);
        guess_wrong(&app, AWAY, name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_told_once_of_each_slowdown_and_at_most_once_a_day() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    let told = async || {
        app.all_mail_sent().await;
        let mails = app.mails_to("ada@example.com", 0).await;
        mails.iter().filter(|mail| mail.subject == "Many attempts to sign in were refused").count()
    };
    for _ in 0..5 {
        guess_wrong(&app, AWAY, "ada").await;
    }
    assert_eq!(told().await, 0);
    for hours in [0, 1, 22] {
        app.clock.advance(TimeDelta::hours(hours));
        for _ in 0..6 {
            app.clock.advance(TimeDelta::minutes(1));
            guess_wrong(&app, AWAY, "ada").await;
        }
        app.tidy().await;
        assert_eq!(told().await, 1, "{hours}");
    }
    app.clock.advance(TimeDelta::hours(2));
    guess_too_often(&app, AWAY, "ada").await;
    assert_eq!(told().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_resets_the_password_by_mail_signs_in_at_once_however_many_others_have_guessed() {
    let app = behind_a_proxy().await;
    let ada = app.user("ada").await;
    guess_too_often_at_proof(&app, &ada).await;
    guess_too_often(&app, AWAY, "ada").await;
    waits(&sign_in(&app, HOME, "ada", PASSWORD).await, 16);
    app.nobody().post("/v1/password-resets", &json!({ "email": "ada@example.com" })).await.expect_status(202);
    app.all_mail_sent().await;
    let mails = app.mails_to("ada@example.com", 0).await;
    let reset = mails.iter().find(|mail| mail.subject == "Choose a new password").unwrap();
    let new = "difference-engine-1822";
    let body = json!({ "token": reset.token(), "new_password": new });
    let confirm =
        app.nobody().request("POST", "/v1/password-resets/confirm").header("x-forwarded-for", HOME).json(&body);
    Answer::to(confirm).await.expect_status(204);
    let counted = app.sql().await.rows("SELECT FROM throttles WHERE account IS NOT NULL").await;
    assert_eq!(counted.len(), 0, "what was counted of the account is forgotten");
    let admin = app.admin().await;
    assert_eq!(admin.get(&ada.path()).await.href("lift-throttle"), None);
    // Guessing goes on, and slows the owner no more where they have just been.
    guess_too_often(&app, AWAY, "ada").await;
    waits(&sign_in(&app, AWAY, "ada", new).await, 16);
    sign_in(&app, HOME, "ada", new).await.expect_status(200);
}

async fn guess_too_often_at_proof(app: &TestApp, person: &Person) {
    let body = json!({ "current_password": "wrong", "new_password": "difference-engine-1822" });
    fail_too_often(app, async || {
        person.put(&format!("{}/password", person.path()), &body).await.expect_status(400);
    })
    .await;
}

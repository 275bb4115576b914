//! Guessing is slowed: by account, by address, and for the questions that tell who exists.

use chrono::TimeDelta;
use serde_json::json;
use std::collections::BTreeMap;
use usher_testkit::{Answer, Options, PASSWORD, TestApp};

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

/// Six wrong guesses, one more than are free.
async fn guess_too_often(app: &TestApp, from: &str, username: &str) {
    for _ in 0..6 {
        sign_in(app, from, username, "wrong").await.expect_problem(400, "invalid_grant");
    }
}

/// How long to wait, as the answer says.
#[track_caller]
fn wait(answer: &Answer) -> i64 {
    assert_eq!((answer.status, answer.code()), (429, "too_many_attempts"), "{}", answer.text);
    answer.header("retry-after").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_failures_are_free_and_each_further_one_doubles_the_wait() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    guess_too_often(&app, AWAY, "ada").await;
    for delay in [1, 2, 4, 8, 16] {
        assert_eq!(wait(&sign_in(&app, AWAY, "ada", "wrong").await), delay);
        assert_eq!(wait(&sign_in(&app, AWAY, "ada", PASSWORD).await), delay, "the right password waits too");
        app.clock.advance(TimeDelta::seconds(delay));
        sign_in(&app, AWAY, "ada", "wrong").await.expect_problem(400, "invalid_grant");
    }
    for _ in 0..8 {
        let delay = wait(&sign_in(&app, AWAY, "ada", "wrong").await);
        assert!(delay <= 900, "{delay}");
        app.clock.advance(TimeDelta::seconds(delay));
        sign_in(&app, AWAY, "ada", "wrong").await.expect_problem(400, "invalid_grant");
    }
    assert_eq!(wait(&sign_in(&app, AWAY, "ada", "wrong").await), 900);
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
    sign_in(&app, AWAY, "ada", "wrong").await.expect_problem(400, "invalid_grant");
    assert_eq!(wait(&sign_in(&app, AWAY, "ada", "wrong").await), 2, "not yet");
    app.clock.advance(TimeDelta::seconds(2) + TimeDelta::minutes(15));
    guess_too_often(&app, AWAY, "ada").await;
    assert_eq!(wait(&sign_in(&app, AWAY, "ada", "wrong").await), 1);
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
            sign_in(&app, AWAY, "ada", "wrong").await.expect_problem(400, "invalid_grant");
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
    wait(&sign_in(&app, AWAY, "ada", PASSWORD).await);
    wait(&sign_in(&app, "203.0.113.9", "ada", PASSWORD).await);
    sign_in(&app, HOME, "ada", "mistyped").await.expect_problem(400, "invalid_grant");
    sign_in(&app, HOME, "ada", PASSWORD).await.expect_status(200);

    // Nor may it guess for ever.
    guess_too_often(&app, HOME, "ada").await;
    assert_eq!(wait(&sign_in(&app, HOME, "ada", PASSWORD).await), 1);
    wait(&sign_in(&app, AWAY, "ada", PASSWORD).await);
    app.clock.advance(TimeDelta::days(91));
    app.tidy().await;
    guess_too_often(&app, AWAY, "ada").await;
    wait(&sign_in(&app, HOME, "ada", PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_does_not_guess_at_many_accounts() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    sign_in(&app, HOME, "ada", PASSWORD).await.expect_status(200);
    for n in 0..101 {
        // Neighbours in an IPv6 network are one caller.
        let from = if n % 2 == 0 { "2001:db8::1" } else { "2001:db8::ffff:2" };
        sign_in(&app, from, &format!("user{n}"), "wrong").await.expect_problem(400, "invalid_grant");
    }
    assert_eq!(wait(&sign_in(&app, "2001:db8::3", "ada", PASSWORD).await), 1);
    sign_in(&app, "2001:db8:0:1::3", "ada", PASSWORD).await.expect_status(200);
    // What was right is no failure, but it takes nobody else's away.
    app.clock.advance(TimeDelta::seconds(1));
    sign_in(&app, "2001:db8::3", "ada", PASSWORD).await.expect_status(200);
    wait(&sign_in(&app, "2001:db8::3", "nobody", "wrong").await);
    sign_in(&app, "2001:db8::3", "ada", PASSWORD).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_chooses_the_address_they_are_counted_by() {
    let app = TestApp::start().await;
    for n in 0..101 {
        let from = format!("192.0.2.{n}");
        sign_in(&app, &from, &format!("user{n}"), "wrong").await.expect_problem(400, "invalid_grant");
    }
    wait(&sign_in(&app, "192.0.2.200", "somebody", "wrong").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_does_not_exist_is_slowed_just_the_same() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    let mut stories = Vec::new();
    for name in ["ada", "nobody", "nobody@example.com", "a%00da"] {
        let mut story = Vec::new();
        for _ in 0..7 {
            let answer = sign_in(&app, AWAY, name, "wrong").await;
            let headers: Vec<_> = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
            story.push((answer.status, answer.text.clone(), answer.header("retry-after").to_owned(), headers));
        }
        stories.push(story);
    }
    stories.dedup();
    assert_eq!(stories.len(), 1, "{stories:#?}");
    let kept = app.sql().await.rows("SELECT FROM throttles WHERE failures > 5").await;
    assert_eq!(kept.len(), 4 + 1, "four accounts and one address");
}

#[tokio::test(flavor = "multi_thread")]
async fn username_and_address_are_one_account_in_any_case_suspended_or_not() {
    let app = behind_a_proxy().await;
    let ada = app.user("ada").await;
    for (n, suspended) in [false, true].into_iter().enumerate() {
        if suspended {
            app.admin().await.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
        }
        for name in ["ada", "ADA", "ada@example.com", "Ada@Example.com", "ada", "ada@example.com"] {
            sign_in(&app, AWAY, name, "wrong").await.expect_problem(400, "invalid_grant");
        }
        for name in ["ada", "ada@example.com"] {
            assert_eq!(wait(&sign_in(&app, AWAY, name, PASSWORD).await), 1, "round {n}");
        }
        app.clock.advance(TimeDelta::minutes(16));
    }
    guess_too_often(&app, AWAY, "ada").await;
    app.clock.advance(TimeDelta::seconds(1));
    sign_in(&app, AWAY, "ada", PASSWORD).await.expect_problem(400, "invalid_grant");
    wait(&sign_in(&app, AWAY, "ada", PASSWORD).await);
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
    for n in 0..6 {
        sign_in(if n % 2 == 0 { &app } else { &other }, AWAY, "ada", "wrong").await.expect_status(400);
    }
    for app in [&app, &other, &app.replica_with(proxied()).await] {
        wait(&sign_in(app, AWAY, "ada", PASSWORD).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_current_password_are_slowed_and_sign_ins_are_not() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let path = format!("{}/password", ada.path());
    let change = |current: &str| json!({ "current_password": current, "new_password": "another-good-one-77" });
    let email = |current: &str| json!({ "email": "new@example.com", "current_password": current });
    for n in 0..6 {
        let answer = match n % 2 {
            0 => ada.put(&path, &change("wrong")).await,
            _ => ada.patch(&ada.path(), &email("wrong")).await,
        };
        assert_eq!(answer.expect_status(400).faults(), ["/current_password wrong_password"]);
    }
    assert_eq!(wait(&ada.put(&path, &change(PASSWORD)).await), 1);
    assert_eq!(wait(&ada.patch(&ada.path(), &email(PASSWORD)).await), 1);
    app.nobody().password_grant("ada", PASSWORD).await.expect_status(200);
    app.clock.advance(TimeDelta::seconds(1));
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
    let ask = |from: &'static str, name: String| {
        let body = json!({ "username": name, "email": "fresh@example.com", "password": PASSWORD });
        Answer::to(app.nobody().request("POST", "/v1/register").header("x-forwarded-for", from).json(&body))
    };
    for _ in 0..201 {
        ask(AWAY, "ada".to_owned()).await.expect_problem(409, "username_taken");
    }
    assert_eq!(wait(&ask(AWAY, "grace".to_owned()).await), 1);
    ask(HOME, "grace".to_owned()).await.expect_status(201);
    sign_in(&app, AWAY, "ada", PASSWORD).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn registrations_that_succeed_are_not_counted() {
    let app = TestApp::start().await;
    for n in 0..3 {
        app.user(&format!("user{n}")).await;
    }
    let kept = app.sql().await.rows("SELECT FROM throttles WHERE failures > 0").await;
    assert_eq!(kept.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_asks_very_often_for_mail_is_slowed_whomever_it_is_for() {
    let app = TestApp::with(Options { send_mail: false, ..Options::default() }).await;
    let ask =
        async |n: usize| app.nobody().post("/v1/password-resets", &json!({ "email": format!("a{n}@x.org") })).await;
    for n in 0..201 {
        ask(n).await.expect_status(202);
    }
    assert_eq!(wait(&ask(0).await), 1);
    assert_eq!(wait(&ask(900).await), 1);
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
    for rows in [7, 9] {
        for _ in 0..3 {
            wait(&sign_in(&app, AWAY, "ada", PASSWORD).await);
        }
        assert_eq!(app.sql().await.rows(&refused).await.len(), rows);
        app.clock.advance(TimeDelta::seconds(2));
        sign_in(&app, AWAY, "ada", "wrong").await.expect_status(400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_and_no_address_rests_among_the_counts() {
    let app = behind_a_proxy().await;
    let ada = app.user("ada").await;
    sign_in(&app, HOME, "ada", PASSWORD).await.expect_status(200);
    for name in ["ada", "nobody"] {
        sign_in(&app, AWAY, name, "wrong").await.expect_status(400);
    }
    let mut sql = app.sql().await;
    let kept = sql.rows("SELECT encode(subject, 'escape') AS plain, throttles.* FROM throttles").await;
    let kept = format!("{kept:?}{:?}", sql.rows("SELECT address FROM familiar_addresses").await);
    for part in ["ada", "nobody", HOME, AWAY, &ada.id] {
        assert!(!kept.contains(part), "{part} in {kept}");
    }
    assert_eq!(sql.rows("SELECT FROM throttles WHERE failures > 0 AND length(subject) = 32").await.len(), 3);
}

//! Attempts from one client address are limited.

use super::{
    AWAY, HOME, behind_a_proxy, fail_after_each_wait, fail_too_often, guess_too_often, guess_wrong, sign_in, waits,
};
use chrono::TimeDelta;
use serde_json::json;
use usher_testkit::{Answer, Options, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn an_address_known_to_the_account_is_not_rate_limited_by_others() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    sign_in(&app, HOME, "ada", PASSWORD).await.expect_status(200);
    guess_too_often(&app, AWAY, "ada").await;
    waits(&sign_in(&app, AWAY, "ada", PASSWORD).await, 16);
    waits(&sign_in(&app, "203.0.113.9", "ada", PASSWORD).await, 16);
    sign_in(&app, HOME, "ada", "mistyped").await.expect_problem(400, "invalid_grant");
    sign_in(&app, HOME, "ada", PASSWORD).await.expect_status(200);

    // Its guesses are limited too.
    guess_too_often(&app, HOME, "ada").await;
    waits(&sign_in(&app, HOME, "ada", PASSWORD).await, 16);
    waits(&sign_in(&app, AWAY, "ada", PASSWORD).await, 16);
    app.clock.advance(TimeDelta::days(91));
    app.cleanup().await;
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
    // A right password is not a failure, but does not clear the failures of others.
    app.clock.advance(TimeDelta::seconds(16));
    sign_in(&app, "2001:db8::3", "ada", PASSWORD).await.expect_status(200);
    waits(&sign_in(&app, "2001:db8::3", "somebody", "wrong").await, 32);
    sign_in(&app, "2001:db8::3", "ada", PASSWORD).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_client_can_choose_the_address_it_is_counted_by() {
    let app = TestApp::start().await;
    for n in 0..101 {
        let from = format!("192.0.2.{n}");
        guess_wrong(&app, &from, &format!("user{n}")).await;
    }
    fail_after_each_wait(&app, async || guess_wrong(&app, HOME, "nobody").await).await;
    waits(&sign_in(&app, "192.0.2.200", "somebody", "wrong").await, 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_asks_very_often_who_exists_is_rate_limited() {
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
async fn an_address_that_requests_mail_very_often_is_rate_limited_whatever_the_recipient() {
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
async fn the_port_in_x_forwarded_for_does_not_change_the_caller() {
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
    // The proxy is not a client's address.
    sign_in(&app, "203.0.113.7:51035", "ada", PASSWORD).await.expect_status(200);
}

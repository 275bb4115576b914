//! Limits by network and by user: failed sign-ins, registrations, account probes, changes.

use super::{HOME, behind_a_proxy, proxied, sign_in};
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::json;
use usher_testkit::{Answer, Client, Options, PASSWORD, Person, TestApp};

async fn register(app: &TestApp, from: &str, username: &str) -> Answer {
    let body = json!({ "username": username, "email": format!("{username}@example.com"), "password": PASSWORD });
    Answer::to(app.nobody().request("POST", "/v1/register").header("x-forwarded-for", from).json(&body)).await
}

async fn rename(user: &Client, path: &str, from: &str, username: &str) -> Answer {
    let request = user.request("PATCH", path).header("x-forwarded-for", from);
    Answer::to(request.json(&json!({ "username": username }))).await
}

/// A user made by an admin, who is not limited.
async fn create(admin: &Person, username: &str) {
    let body = json!({ "username": username, "email": format!("{username}@example.com"), "password": PASSWORD });
    admin.post("/v1/users", &body).await.expect_status(201);
}

/// How many are accepted before one has to wait, and for how long; it may be more than `free`, because some expire in the
/// meantime.
async fn accepted(free: usize, attempt: impl AsyncFn(usize) -> Answer) -> i64 {
    // All that are free, some at a time, then one after the other.
    for first in (0..free).step_by(20) {
        let answers = join_all((first..free.min(first + 20)).map(|n| attempt(n))).await;
        assert!(answers.iter().all(|answer| answer.status != 429), "fewer than {free} are accepted");
    }
    for n in free..free + 60 {
        let answer = attempt(n).await;
        if answer.status == 429 {
            assert_eq!(answer.code(), "too_many_attempts");
            return answer.header("retry-after").parse().unwrap();
        }
    }
    panic!("more than {free} are accepted");
}

/// Fails unless it has to wait; the first waits are over within seconds, so it may be accepted some more times.
async fn assert_rate_limited(attempt: impl AsyncFn() -> Answer) {
    for _ in 0..5 {
        let answer = attempt().await;
        if answer.status == 429 {
            return;
        }
        assert_eq!(answer.status, 409, "{}", answer.text);
    }
    panic!("it is not rate limited");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_counted_by_the_wider_networks_too() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    sign_in(&app, "2001:db8:1::1", "ada", PASSWORD).await.expect_status(200);
    // Each time another /64 and another name; all of one /56, then all of one /48, and another IPv4 address of one /24.
    let site = async |n: usize| sign_in(&app, &format!("2001:db8:1:{:x}::1", n % 256), &format!("a{n}"), "wrong").await;
    assert!(accepted(200, site).await <= 10);
    let block =
        async |n: usize| sign_in(&app, &format!("2001:db8:2:{:x}::1", n % 256 * 256), &format!("b{n}"), "wrong").await;
    assert!(accepted(400, block).await <= 5);
    let v4 = async |n: usize| sign_in(&app, &format!("198.51.100.{}", n % 256), &format!("c{n}"), "wrong").await;
    assert!(accepted(400, v4).await <= 5);

    // Neither others nor known users have to wait.
    sign_in(&app, "2001:db8:1:100::1", "nobody", "wrong").await.expect_problem(400, "invalid_grant");
    sign_in(&app, "2001:db8:3::1", "nobody", "wrong").await.expect_problem(400, "invalid_grant");
    sign_in(&app, "198.51.101.1", "nobody", "wrong").await.expect_problem(400, "invalid_grant");
    sign_in(&app, "2001:db8:1::1", "ada", PASSWORD).await.expect_status(200);
    // Attempts become free again.
    app.clock.advance(TimeDelta::seconds(10));
    sign_in(&app, "2001:db8:1:77::1", "ada", PASSWORD).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_may_mistype_more_often_than_strangers_but_not_without_limit() {
    let app = behind_a_proxy().await;
    let admin = app.admin().await;
    for n in 0..40 {
        create(&admin, &format!("user{n}")).await;
        sign_in(&app, HOME, &format!("user{n}"), PASSWORD).await.expect_status(200);
    }
    sign_in(&app, "198.51.100.7", "user0", PASSWORD).await.expect_status(200);
    let mistype = async |n: usize| sign_in(&app, HOME, &format!("user{}", n % 40), "wrong").await;
    assert!(accepted(125, mistype).await <= 5);
    // Elsewhere the same user does not wait, and here one is accepted now and then.
    sign_in(&app, "198.51.100.7", "user0", PASSWORD).await.expect_status(200);
    app.clock.advance(TimeDelta::seconds(5));
    sign_in(&app, HOME, "user39", PASSWORD).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_registers_sixty_users_at_once_and_then_one_a_minute() {
    let app = behind_a_proxy().await;
    for n in 0..60 {
        register(&app, HOME, "root").await.expect_problem(409, "username_taken");
        register(&app, HOME, &format!("user{n}")).await.expect_status(201);
    }
    let refused = register(&app, HOME, "ada").await.expect_problem(429, "too_many_attempts");
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((10..=60).contains(&wait), "{wait}");
    assert_eq!(app.admin().await.get("/v1/users").await.json["total"], 61);
    register(&app, "192.0.2.2", "grace").await.expect_status(201);
    app.clock.advance(TimeDelta::seconds(60));
    register(&app, HOME, "ada").await.expect_status(201);
    register(&app, HOME, "alan").await.expect_problem(429, "too_many_attempts");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_addresses_of_one_network_share_a_limit_of_registrations() {
    let app = behind_a_proxy().await;
    let site = async |n: usize| register(&app, &format!("2001:db8:1:{:x}::1", n % 256), &format!("a{n}")).await;
    assert!(accepted(120, site).await <= 30);
    let block = async |n: usize| register(&app, &format!("198.51.100.{}", n % 256), &format!("b{n}")).await;
    assert!(accepted(240, block).await <= 15);
    register(&app, "198.51.101.1", "ada").await.expect_status(201);
    register(&app, "2001:db8:1:100::1", "grace").await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_of_ones_own_counts_with_the_registrations_of_a_network() {
    let app = TestApp::with(Options { send_mail: false, ..proxied() }).await;
    let (ada, grace) = (app.user("ada").await, app.user("grace").await);
    let change = async |user: &Person, from: &str, email: &str| {
        let body = json!({ "email": email, "current_password": PASSWORD });
        Answer::to(user.request("PATCH", &user.path()).header("x-forwarded-for", from).json(&body)).await
    };
    for n in 0..30 {
        let email = format!("stranger{n}@example.net");
        change(&ada, HOME, &email).await.expect_status(200);
        // No mail is sent for the pending address, nor for one that is taken.
        change(&ada, HOME, &email).await.expect_status(200);
        change(&ada, HOME, "grace@example.com").await.expect_problem(409, "email_taken");
        change(&grace, HOME, &format!("other{n}@example.net")).await.expect_status(200);
    }
    for user in [&ada, &grace] {
        let refused = change(user, HOME, "one-more@example.net").await.expect_problem(429, "too_many_attempts");
        assert!(refused.header("retry-after").parse::<i64>().unwrap() <= 60);
    }
    register(&app, HOME, "alan").await.expect_problem(429, "too_many_attempts");
    rename(&ada, &ada.path(), HOME, "lovelace").await.expect_status(200);
    let mails = "SELECT FROM outbox WHERE address LIKE '%@example.net' AND kind = 'verify_email'";
    assert_eq!(app.sql().await.rows(mails).await.len(), 60);
    change(&ada, "198.51.100.7", "one-more@example.net").await.expect_status(200);
    let admin = app.admin().await;
    change(&admin, "198.51.100.7", "boss@example.net").await.expect_status(200);
    let by_admin = admin.request("PATCH", &grace.path()).header("x-forwarded-for", HOME);
    Answer::to(by_admin.json(&json!({ "email": "hopper@example.org" }))).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_registrations_at_once_no_more_succeed_than_one_after_the_other() {
    let app = behind_a_proxy().await;
    let names: Vec<_> = (0..80).map(|n| format!("user{n}")).collect();
    let answers = join_all(names.iter().map(|name| register(&app, HOME, name))).await;
    let of = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((of(201), of(429)), (60, 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_ones_own_name_probes_accounts_no_more_often_than_a_registration() {
    let app = behind_a_proxy().await;
    let (ada, grace) = (app.user("ada").await, app.user("grace").await);
    // One user from many addresses.
    let taken = async |n: usize| rename(&ada, &ada.path(), &format!("10.0.{n}.1"), "grace").await;
    for n in 0..250 {
        taken(n).await.expect_problem(409, "username_taken");
    }
    // The same holds for e-mail addresses, and a free name is not counted.
    let email = json!({ "email": "grace@example.com", "current_password": PASSWORD });
    for _ in 0..51 {
        rename(&ada, &ada.path(), "10.1.0.1", "ada2").await.expect_status(200);
        rename(&ada, &ada.path(), "10.1.0.1", "ada").await.expect_status(200);
        ada.patch(&ada.path(), &email).await.expect_problem(409, "email_taken");
    }
    assert_rate_limited(async || rename(&ada, &ada.path(), "10.2.0.1", "grace").await).await;
    rename(&grace, &grace.path(), "10.2.0.1", "ada").await.expect_problem(409, "username_taken");

    // One address, for all callers and operations.
    for _ in 0..200 {
        register(&app, HOME, "ada").await.expect_problem(409, "username_taken");
    }
    for _ in 0..101 {
        rename(&grace, &grace.path(), HOME, "ada").await.expect_problem(409, "username_taken");
    }
    assert_rate_limited(async || register(&app, HOME, "ada").await).await;
    assert_rate_limited(async || rename(&grace, &grace.path(), HOME, "ada").await).await;
    let admin = app.admin().await;
    for _ in 0..10 {
        rename(&admin, &ada.path(), HOME, "grace").await.expect_problem(409, "username_taken");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_ones_own_account_are_rate_limited() {
    let app = behind_a_proxy().await;
    let (admin, ada, grace) = (app.admin().await, app.user("ada").await, app.user("grace").await);
    let change = async |n: usize| rename(&ada, &ada.path(), HOME, &format!("ada{n}")).await;
    // What changes nothing, and what is refused, is not counted.
    for _ in 0..130 {
        rename(&ada, &ada.path(), HOME, "ada").await.expect_status(200);
        rename(&ada, &ada.path(), HOME, "grace").await.expect_problem(409, "username_taken");
    }
    for n in 0..119 {
        change(n).await.expect_status(200);
    }
    ada.act("/v1/email-verifications").await.expect_status(202);
    let wait = async |n: usize| {
        for n in n..n + 10 {
            let answer = change(n).await;
            if answer.status == 429 {
                return answer.header("retry-after").parse::<i64>().unwrap();
            }
        }
        panic!("more are accepted")
    };
    assert!(wait(200).await <= 30);
    let password = json!({ "current_password": PASSWORD, "new_password": "another-good-one-77" });
    let refused = ada.put(&format!("{}/password", ada.path()), &password).await;
    refused.expect_problem(429, "too_many_attempts");
    ada.act("/v1/email-verifications").await.expect_problem(429, "too_many_attempts");
    let events = "SELECT FROM audit_events WHERE action = 'user_updated'";
    assert!(app.sql().await.rows(events).await.len() <= 130);

    // Neither others nor an admin have to wait.
    rename(&grace, &grace.path(), HOME, "hopper").await.expect_status(200);
    for n in 0..130 {
        rename(&admin, &grace.path(), HOME, &format!("grace{n}")).await.expect_status(200);
    }
    app.clock.advance(TimeDelta::seconds(30));
    change(300).await.expect_status(200);
}

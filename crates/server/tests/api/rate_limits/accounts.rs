//! Attempts on one account are limited.

use super::{
    AWAY, HOME, behind_a_proxy, fail_after_each_wait, guess_too_often, guess_too_often_at_proof, guess_wrong, proxied,
    sign_in, waits,
};
use chrono::TimeDelta;
use serde_json::json;
use std::collections::BTreeMap;
use usher_testkit::{Answer, PASSWORD, TestApp};

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
    app.cleanup().await;
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
async fn an_account_that_does_not_exist_is_rate_limited_in_the_same_way() {
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
    // The right password does not help a suspended user.
    guess_too_often(&app, AWAY, "ada").await;
    app.clock.advance(TimeDelta::seconds(16));
    sign_in(&app, AWAY, "ada", PASSWORD).await.expect_problem(400, "invalid_grant");
    waits(&sign_in(&app, AWAY, "ada", PASSWORD).await, 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_concurrent_guesses_get_no_more_attempts_than_sequential_ones() {
    let app = behind_a_proxy().await;
    let other = app.replica_with(proxied()).await;
    app.user("ada").await;
    let guesses = (0..100).map(|n| sign_in(if n % 2 == 0 { &app } else { &other }, AWAY, "ada", "wrong"));
    let mut statuses = BTreeMap::new();
    for answer in futures_util::future::join_all(guesses).await {
        *statuses.entry(answer.status).or_insert(0) += 1;
    }
    // Time may pass while they are answered, so that the next one does not have to wait.
    assert!((6..=10).contains(&statuses[&400]), "{statuses:?}");
    assert_eq!(statuses[&400] + statuses[&429], 100, "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_concurrent_sign_ins_with_the_right_password_all_succeed() {
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
async fn guesses_at_the_current_password_are_rate_limited_and_sign_ins_are_not() {
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
    // Guessing continues, but no longer limits the owner at the address that they have just signed in from.
    guess_too_often(&app, AWAY, "ada").await;
    waits(&sign_in(&app, AWAY, "ada", new).await, 16);
    sign_in(&app, HOME, "ada", new).await.expect_status(200);
}

//! An admin lifts the limit of an account.

use super::{
    AWAY, HOME, behind_a_proxy, fail_after_each_wait, fail_too_often, guess_too_often, guess_wrong, proxied, sign_in,
    waits,
};
use chrono::TimeDelta;
use serde_json::json;
use std::time::Duration;
use usher_testkit::{Client, Options, PASSWORD, Person, TestApp};

/// Where the admin finds the operation that lifts a user's rate limit.
async fn offered(admin: &Client, user: &Person) -> Option<String> {
    let alone = admin.get(&user.path()).await.expect_status(200).href("lift-throttle");
    let page = admin.get("/v1/users?limit=100").await.expect_status(200);
    let users = page.json["_embedded"]["users"].as_array().unwrap();
    let listed = users.iter().find(|listed| listed["id"] == user.id.as_str()).unwrap();
    assert_eq!(listed["_links"]["lift-throttle"]["href"].as_str(), alone.as_deref(), "alone and in a page");
    alone
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sees_and_lifts_the_rate_limit_of_a_user() {
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
async fn an_account_with_rate_limited_password_checks_shows_it_and_can_be_reset() {
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
    // A sign-in does not clear these counters, and sign-ins may be rate limited as well.
    guess_too_often(&app, AWAY, "ada").await;
    app.clock.advance(TimeDelta::seconds(16));
    sign_in(&app, AWAY, "ada", PASSWORD).await.expect_status(200);
    assert_eq!(offered(&admin, &ada).await, Some(path.clone()));
    prove_wrong().await;
    waits(&ada.put(&password, &change(PASSWORD)).await, 32);
    admin.act(&path).await.expect_status(204);
    assert_eq!(offered(&admin, &ada).await, None);

    // A right current password clears the wrong ones, but not the failed sign-ins.
    for _ in 0..6 {
        prove_wrong().await;
    }
    assert_eq!(offered(&admin, &ada).await, Some(path.clone()));
    app.clock.advance(TimeDelta::seconds(1));
    ada.put(&password, &change(PASSWORD)).await.expect_status(204);
    assert_eq!(offered(&admin, &ada).await, None);
    let change = |current: &str| json!({ "current_password": current, "new_password": PASSWORD });
    for _ in 0..5 {
        prove_wrong().await;
    }
    for _ in 0..6 {
        guess_wrong(&app, "203.0.113.9", "ada").await;
    }
    assert_eq!(offered(&admin, &ada).await, Some(path.clone()));
    prove_wrong().await;
    app.clock.advance(TimeDelta::seconds(1));
    ada.put(&password, &change("another-good-one-77")).await.expect_status(204);
    assert_eq!(offered(&admin, &ada).await, Some(path.clone()));
    app.clock.advance(TimeDelta::minutes(15) + TimeDelta::seconds(2));
    assert_eq!(offered(&admin, &ada).await, None);
    admin.act(&path).await.expect_problem(409, "not_throttled");
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
async fn an_admin_lifts_their_own_rate_limit_and_that_of_a_suspended_user() {
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

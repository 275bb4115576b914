//! Refresh tokens: valid once, repeatable after a lost answer, and revoked if two clients have the same one.

use chrono::TimeDelta;
use serde_json::Value;
use std::collections::HashSet;
use usher_testkit::{Answer, Client, Options, PASSWORD, TestApp};

async fn refresh(client: &Client, token: &str) -> Answer {
    client.form("/v1/oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

fn refresh_token(answer: &Value) -> String {
    answer["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_continues_its_session() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let next = refresh(&app.nobody(), &refresh_token(&ada.token)).await.expect_status(200);
    assert_eq!(next.json["token_type"], "Bearer");
    assert_eq!(next.header("cache-control"), "no-store");
    assert_ne!(refresh_token(&next.json), refresh_token(&ada.token));
    let client = app.nobody().with_token(next.json["access_token"].as_str().unwrap());
    assert_eq!(client.get("/v1/me").await.expect_status(200).json["username"], "ada");
    ada.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_repeated_for_ten_seconds() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let first = refresh_token(&ada.token);
    let next = refresh_token(&refresh(&app.nobody(), &first).await.expect_status(200).json);
    app.clock.advance(TimeDelta::seconds(9));
    assert_eq!(refresh_token(&refresh(&app.nobody(), &first).await.expect_status(200).json), next);
    refresh(&app.nobody(), &next).await.expect_status(200);
    assert_eq!(refresh_token(&refresh(&app.nobody(), &first).await.expect_status(200).json), next);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_token_returns_the_same_successor_while_that_is_unused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let first = refresh_token(&ada.token);
    let next = refresh_token(&refresh(&app.nobody(), &first).await.expect_status(200).json);
    for pause in [TimeDelta::seconds(11), TimeDelta::seconds(13), TimeDelta::hours(8), TimeDelta::days(29)] {
        app.clock.advance(pause);
        assert_eq!(refresh_token(&refresh(&app.nobody(), &first).await.expect_status(200).json), next, "{pause}");
    }
    // Asking again is a use of the session, which would have ended else.
    app.clock.advance(TimeDelta::days(2));
    let answer = refresh(&app.nobody(), &next).await.expect_status(200);
    let client = app.nobody().with_token(answer.json["access_token"].as_str().unwrap());
    client.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_repeated_at_every_step_of_the_chain() {
    let app = TestApp::start().await;
    let mut token = refresh_token(&app.user("ada").await.token);
    for step in 0..70 {
        let lost = refresh_token(&refresh(&app.nobody(), &token).await.expect_status(200).json);
        app.clock.advance(TimeDelta::minutes(2));
        let next = refresh_token(&refresh(&app.nobody(), &token).await.expect_status(200).json);
        assert_eq!(next, lost, "step {step}");
        token = next;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_retries_of_a_lost_refresh_get_the_same_successor() {
    let app = TestApp::start().await;
    let replica = app.replica().await;
    let first = refresh_token(&app.user("ada").await.token);
    let next = refresh_token(&refresh(&app.nobody(), &first).await.expect_status(200).json);
    for service in [&app, &replica] {
        service.clock.advance(TimeDelta::minutes(5));
    }
    let calls = (0..20).map(|n| {
        let client = if n % 2 == 0 { app.nobody() } else { replica.nobody() };
        let token = first.clone();
        tokio::spawn(async move { refresh(&client, &token).await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(refresh_token(&call.await.unwrap().expect_status(200).json), next);
    }
    refresh(&app.nobody(), &next).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn reuse_of_a_spent_token_after_its_successor_was_used_ends_the_session() {
    let app = TestApp::start().await;
    for back in [0, 1] {
        let ada = app.user(&format!("ada{back}")).await;
        let mut tokens = vec![refresh_token(&ada.token)];
        for _ in 0..3 {
            let answer = refresh(&app.nobody(), tokens.last().unwrap()).await.expect_status(200);
            tokens.push(refresh_token(&answer.json));
        }
        app.clock.advance(TimeDelta::seconds(11));
        refresh(&app.nobody(), &tokens[back]).await.expect_problem(400, "invalid_grant");
        refresh(&app.nobody(), tokens.last().unwrap()).await.expect_problem(400, "invalid_grant");
        ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lost_before_the_secret_key_changed_is_not_repeated_but_the_session_continues() {
    for pause in [TimeDelta::seconds(1), TimeDelta::minutes(5)] {
        let app = TestApp::start().await;
        let ada = app.user("ada").await;
        let first = refresh_token(&ada.token);
        let next = refresh_token(&refresh(&app.nobody(), &first).await.expect_status(200).json);
        // As if the successor had been derived from a former secret key.
        let other = "another-token-derived-by-another-secret-key";
        let replace = format!("UPDATE refresh_tokens SET digest = sha256('{other}') WHERE digest = sha256('{next}')");
        app.sql().await.execute(&replace).await;
        app.clock.advance(pause);
        refresh(&app.nobody(), &first).await.expect_problem(400, "invalid_grant");
        ada.get("/v1/me").await.expect_status(200);
        refresh(&app.nobody(), other).await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_token_spent_long_ago_is_still_known_and_ends_the_session() {
    let app = TestApp::start().await;
    app.nobody().register("ada").await.expect_status(201);
    for back in [1, 40, 65] {
        let mut tokens = vec![refresh_token(&app.nobody().sign_in("ada", PASSWORD).await.token)];
        for _ in 0..67 {
            let answer = refresh(&app.nobody(), tokens.last().unwrap()).await.expect_status(200);
            tokens.push(refresh_token(&answer.json));
            app.clock.advance(TimeDelta::minutes(2));
        }
        assert_eq!(
            app.sql().await.rows("SELECT FROM refresh_tokens").await.len(),
            4,
            "first, 64th, last spent, good one"
        );
        refresh(&app.nobody(), &tokens[back]).await.expect_problem(400, "invalid_grant");
        refresh(&app.nobody(), tokens.last().unwrap()).await.expect_problem(400, "invalid_grant");
        assert_eq!(app.sql().await.rows("SELECT FROM sessions").await.len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_concurrent_refreshes_keep_the_session_and_have_one_successor() {
    let app = TestApp::start().await;
    let replica = app.replica().await;
    let ada = app.user("ada").await;
    let token = refresh_token(&ada.token);
    let calls = (0..100).map(|n| {
        let client = if n % 2 == 0 { app.nobody() } else { replica.nobody() };
        let token = token.clone();
        tokio::spawn(async move { refresh(&client, &token).await })
    });
    let mut successors = HashSet::new();
    for call in calls.collect::<Vec<_>>() {
        successors.insert(refresh_token(&call.await.unwrap().expect_status(200).json));
    }
    assert_eq!(successors.len(), 1);
    refresh(&app.nobody(), successors.iter().next().unwrap()).await.expect_status(200);
    ada.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_not_used_ends_and_one_that_is_used_lives_until_its_absolute_limit() {
    let options = Options { idle: TimeDelta::hours(2), absolute: TimeDelta::hours(5), ..Options::default() };
    let app = TestApp::with(options).await;
    let (idle, used) = (app.user("idle").await, app.user("used").await);
    let mut token = refresh_token(&used.token);
    for _ in 0..4 {
        app.clock.advance(TimeDelta::minutes(61));
        token = refresh_token(&refresh(&app.nobody(), &token).await.expect_status(200).json);
    }
    refresh(&app.nobody(), &refresh_token(&idle.token)).await.expect_problem(400, "invalid_grant");
    app.clock.advance(TimeDelta::minutes(57));
    refresh(&app.nobody(), &token).await.expect_problem(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_refresh_tokens_of_suspended_and_deleted_users_are_refused() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    admin.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
    bob.delete(&bob.path()).await.expect_status(204);
    for person in [&ada, &bob] {
        refresh(&app.nobody(), &refresh_token(&person.token)).await.expect_problem(400, "invalid_grant");
    }
    admin.act(&format!("{}/reactivate", ada.path())).await.expect_status(200);
    refresh(&app.nobody(), &refresh_token(&ada.token)).await.expect_problem(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_leaves_only_the_refresh_token_of_the_session_that_changed_it() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let other = app.nobody().sign_in("ada", PASSWORD).await;
    let body = serde_json::json!({ "current_password": PASSWORD, "new_password": "another-rear-admiral" });
    ada.put(&format!("{}/password", ada.path()), &body).await.expect_status(204);
    refresh(&app.nobody(), &refresh_token(&other.token)).await.expect_problem(400, "invalid_grant");
    refresh(&app.nobody(), &refresh_token(&ada.token)).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_grant_gets_the_error_of_the_rfc() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    let cases: [(&[(&str, &str)], &str); 6] = [
        (&[("grant_type", "refresh_token")], "invalid_request"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "")], "invalid_request"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "a"), ("refresh_token", "b")], "invalid_request"),
        (&[("refresh_token", "a")], "invalid_request"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "a")], "invalid_grant"),
        (&[("grant_type", "client_credentials")], "unsupported_grant_type"),
    ];
    for (fields, error) in cases {
        nobody.form("/v1/oauth/token", fields).await.expect_problem(400, error);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refresh_tokens_are_stored_only_as_digests() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let token = refresh_token(&ada.token);
    let next = refresh_token(&refresh(&app.nobody(), &token).await.expect_status(200).json);
    for token in [token, next] {
        let kept = format!("SELECT FROM refresh_tokens WHERE digest = sha256('{token}')");
        assert_eq!(app.sql().await.rows(&kept).await.len(), 1);
        let leaked = format!("SELECT FROM refresh_tokens WHERE encode(digest, 'escape') LIKE '%{token}%'");
        assert_eq!(app.sql().await.rows(&leaked).await.len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_sessions_are_deleted_with_their_tokens() {
    let app = TestApp::with(Options { idle: TimeDelta::hours(2), ..Options::default() }).await;
    app.user("ada").await;
    app.clock.advance(TimeDelta::minutes(90));
    let bob = app.user("bob").await;
    app.clock.advance(TimeDelta::minutes(31));
    app.cleanup().await;
    assert_eq!(app.sql().await.rows("SELECT FROM sessions").await.len(), 1);
    assert_eq!(app.sql().await.rows("SELECT FROM refresh_tokens").await.len(), 1);
    refresh(&app.nobody(), &refresh_token(&bob.token)).await.expect_status(200);
}

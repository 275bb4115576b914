//! What is stored, audited and mailed about limited attempts.

use super::{AWAY, HOME, behind_a_proxy, guess_too_often, guess_wrong, sign_in, waits};
use chrono::TimeDelta;
use serde_json::json;
use usher_testkit::{Options, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_counted_if_rate_limits_are_off() {
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
async fn the_first_refusal_of_each_wait_is_in_the_audit_trail() {
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

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_notified_once_of_each_rate_limit_and_at_most_once_a_day() {
    let app = behind_a_proxy().await;
    app.user("ada").await;
    let notices = async || {
        app.all_mail_sent().await;
        let mails = app.mails_to("ada@example.com", 0).await;
        mails.iter().filter(|mail| mail.subject == "Many attempts to sign in were refused").count()
    };
    for _ in 0..5 {
        guess_wrong(&app, AWAY, "ada").await;
    }
    assert_eq!(notices().await, 0);
    for hours in [0, 1, 22] {
        app.clock.advance(TimeDelta::hours(hours));
        for _ in 0..6 {
            app.clock.advance(TimeDelta::minutes(1));
            guess_wrong(&app, AWAY, "ada").await;
        }
        app.cleanup().await;
        assert_eq!(notices().await, 1, "{hours}");
    }
    app.clock.advance(TimeDelta::hours(2));
    guess_too_often(&app, AWAY, "ada").await;
    assert_eq!(notices().await, 2);
}

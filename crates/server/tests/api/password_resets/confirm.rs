//! Choosing a new password with a mailed token.

use super::{CONFIRM, NEW, REQUEST};
use chrono::TimeDelta;
use serde_json::json;
use usher_testkit::{PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_replaced_with_the_mailed_token() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    app.nobody().post(REQUEST, &json!({ "email": "ADA@Example.com" })).await.expect_status(202);
    let mail = app.mail_to("ada@example.com", 2).await;
    assert_eq!(mail.subject, "Choose a new password");
    assert!(mail.link().starts_with("http://usher.test/reset-password#token="), "{}", mail.link());
    let body = json!({ "token": mail.token(), "new_password": NEW });
    app.nobody().post(CONFIRM, &body).await.expect_status(204);
    ada.get("/v1/me").await.expect_status(401);
    app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");
    let ada = app.nobody().sign_in("ada", NEW).await;
    assert_eq!(ada.get("/v1/me").await.json["email_verified"], true, "who got the mail reads the address");
    let notice = app.mail_to("ada@example.com", 3).await;
    assert_eq!(notice.subject, "Your password was changed");
    let again = app.nobody().post(CONFIRM, &body).await.expect_status(400);
    assert_eq!(again.faults(), ["/token bad_token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_refused_does_not_spend_the_token() {
    let app = TestApp::start().await;
    app.user("ada").await;
    app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    let mail = app.mail_to("ada@example.com", 2).await;
    for (password, fault) in [
        ("short", "too_short"),
        ("password1", "too_common"),
        ("ada@example.com", "too_personal"),
        ("a\0bcdefgh", "contains_nul"),
    ] {
        let body = json!({ "token": mail.token(), "new_password": password });
        let refused = app.nobody().post(CONFIRM, &body).await.expect_status(400);
        assert_eq!(refused.faults(), [format!("/new_password {fault}")]);
    }
    let body = json!({ "token": mail.token(), "new_password": NEW });
    app.nobody().post(CONFIRM, &body).await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_expires_after_an_hour() {
    let app = TestApp::start().await;
    app.user("ada").await;
    app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    let mail = app.mail_to("ada@example.com", 2).await;
    app.clock.advance(TimeDelta::minutes(59));
    let bad = json!({ "token": mail.token(), "new_password": "ada@example.com" });
    assert_eq!(app.nobody().post(CONFIRM, &bad).await.faults(), ["/new_password too_personal"]);
    app.clock.advance(TimeDelta::minutes(1));
    let body = json!({ "token": mail.token(), "new_password": NEW });
    let refused = app.nobody().post(CONFIRM, &body).await.expect_status(400);
    assert_eq!(refused.faults(), ["/token bad_token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailed_token_is_valid_only_for_its_purpose() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let verification = app.mail_to("ada@example.com", 1).await;
    app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    let reset = app.mail_to("ada@example.com", 2).await;
    let body = json!({ "token": verification.token(), "new_password": NEW });
    app.nobody().post(CONFIRM, &body).await.expect_status(400);
    let body = json!({ "token": reset.token() });
    app.nobody().post("/v1/email-verifications/confirm", &body).await.expect_status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_concurrent_password_change_invalidates_the_mailed_tokens() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    let mail = app.mail_to("ada@example.com", 2).await;
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    ada.put(&format!("{}/password", ada.path()), &change).await.expect_status(204);
    assert_eq!(app.mail_to("ada@example.com", 3).await.subject, "Your password was changed");
    let body = json!({ "token": mail.token(), "new_password": "another-engine-1837" });
    app.nobody().post(CONFIRM, &body).await.expect_status(400);
    app.nobody().sign_in("ada", NEW).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_discards_the_pending_address() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let change = json!({ "email": "thief@example.org", "current_password": PASSWORD });
    ada.patch(&ada.path(), &change).await.expect_status(200);
    let theft = app.mail_to("thief@example.org", 1).await;
    app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    let mail = app.mail_to("ada@example.com", 3).await;
    let body = json!({ "token": mail.token(), "new_password": NEW });
    app.nobody().post(CONFIRM, &body).await.expect_status(204);
    let body = json!({ "token": theft.token() });
    app.nobody().post("/v1/email-verifications/confirm", &body).await.expect_status(400);
    let me = app.nobody().sign_in("ada", NEW).await.get("/v1/me").await;
    assert_eq!((me.json["email"].as_str(), me.json["pending_email"].is_null()), (Some("ada@example.com"), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_links_of_one_request_are_spent_with_the_first() {
    let app = TestApp::start().await;
    app.user("ada").await;
    for _ in 0..2 {
        app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    }
    let mails = app.mails_to("ada@example.com", 3).await;
    let body = json!({ "token": mails[1].token(), "new_password": NEW });
    app.nobody().post(CONFIRM, &body).await.expect_status(204);
    let body = json!({ "token": mails[2].token(), "new_password": "another-engine-1837" });
    app.nobody().post(CONFIRM, &body).await.expect_status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_concurrent_uses_of_a_token_one_sets_the_password() {
    let app = TestApp::start().await;
    app.user("ada").await;
    app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    let mail = app.mail_to("ada@example.com", 2).await;
    let nobody = app.nobody();
    let uses = (0..8).map(|n| {
        let password = format!("{NEW}-{n}");
        let body = json!({ "token": mail.token(), "new_password": password });
        let nobody = &nobody;
        async move { (nobody.post(CONFIRM, &body).await.status, password) }
    });
    let answers = futures_util::future::join_all(uses).await;
    let chosen: Vec<_> = answers.iter().filter(|(status, _)| *status == 204).collect();
    assert_eq!(chosen.len(), 1, "{answers:?}");
    app.nobody().sign_in("ada", &chosen[0].1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mailed_token_rests_in_the_database() {
    let app = TestApp::start().await;
    app.user("ada").await;
    app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    let mut sql = app.sql().await;
    for mail in app.mails_to("ada@example.com", 2).await {
        for table in ["outbox", "mailed_tokens", "audit_events", "users"] {
            let found = format!("SELECT 1 FROM {table} AS t WHERE t::text LIKE '%{}%'", mail.token());
            assert_eq!(sql.rows(&found).await.len(), 0, "{table}");
        }
    }
    assert_eq!(sql.rows("SELECT 1 FROM mailed_tokens WHERE length(digest) = 32").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_mails_and_expired_tokens_are_deleted() {
    let app = TestApp::start().await;
    app.user("ada").await;
    app.all_mail_sent().await;
    app.clock.advance(TimeDelta::hours(25));
    app.cleanup().await;
    let mut sql = app.sql().await;
    assert_eq!(sql.rows("SELECT 1 FROM outbox").await.len(), 0);
    assert_eq!(sql.rows("SELECT 1 FROM mailed_tokens").await.len(), 0);
}

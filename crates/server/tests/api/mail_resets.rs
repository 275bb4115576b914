//! Forgotten passwords.

use chrono::TimeDelta;
use serde_json::json;
use usher_testkit::{PASSWORD, TestApp};

const REQUEST: &str = "/v1/password-resets";
const CONFIRM: &str = "/v1/password-resets/confirm";
const NEW: &str = "difference-engine-1822";

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
    let told = app.mail_to("ada@example.com", 3).await;
    assert_eq!(told.subject, "Your password was changed");
    let again = app.nobody().post(CONFIRM, &body).await.expect_status(400);
    assert_eq!(again.faults(), ["/token bad_token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_the_same_whether_there_is_such_an_address_or_not() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let known = app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    let unknown = app.nobody().post(REQUEST, &json!({ "email": "eve@example.com" })).await.expect_status(202);
    assert_eq!((known.text, known.headers.len()), (unknown.text, unknown.headers.len()));
    app.mail_to("ada@example.com", 2).await;
    app.all_mail_sent().await;
    assert!(app.mails().iter().all(|mail| mail.to != "eve@example.com"));
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
async fn a_token_is_good_only_for_what_it_was_mailed_for() {
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
async fn a_password_changed_meanwhile_makes_the_mailed_tokens_worthless() {
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
async fn a_reset_forgets_the_new_address_that_somebody_had_asked_for() {
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
async fn of_many_who_use_a_token_together_one_chooses_the_password() {
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
async fn a_suspended_user_is_mailed_nothing_and_chooses_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    let mail = app.mail_to("ada@example.com", 2).await;
    app.admin().await.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
    let body = json!({ "token": mail.token(), "new_password": NEW });
    let refused = app.nobody().post(CONFIRM, &body).await.expect_status(400);
    assert_eq!(refused.faults(), ["/token bad_token"]);
    app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    app.all_mail_sent().await;
    assert_eq!(app.mails_to("ada@example.com", 2).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_mails_a_user_a_link_and_sees_no_token() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let admin = app.admin().await;
    let path = admin.get(&ada.path()).await.href("send-password-reset").unwrap();
    assert_eq!(path, format!("{}/password-reset", ada.path()));
    let sent = admin.act(&path).await.expect_status(202);
    assert_eq!(sent.text, "");
    let mail = app.mail_to("ada@example.com", 2).await;
    let body = json!({ "token": mail.token(), "new_password": NEW });
    app.nobody().post(CONFIRM, &body).await.expect_status(204);
    let ada = app.nobody().sign_in("ada", NEW).await;
    assert_eq!(ada.get("/v1/me").await.href("send-password-reset"), None);
    ada.act(&path).await.expect_problem(403, "not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_made_without_a_password_is_mailed_a_link_to_choose_one() {
    let app = TestApp::start().await;
    let new = json!({ "username": "grace", "email": "grace@example.com" });
    let user = app.admin().await.post("/v1/users", &new).await.expect_status(201);
    assert_eq!(user.json["email_verified"], false);
    let mail = app.mail_to("grace@example.com", 1).await;
    assert_eq!(mail.subject, "Choose a password for your account");
    let body = json!({ "token": mail.token(), "new_password": NEW });
    app.nobody().post(CONFIRM, &body).await.expect_status(204);
    let grace = app.nobody().sign_in("grace", NEW).await;
    assert_eq!(grace.get("/v1/me").await.json["email_verified"], true);
    app.all_mail_sent().await;
    assert_eq!(app.mails().len(), 1, "nobody need be told of a first password");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_gets_only_so_many_mails_an_hour_and_warnings_all_the_same() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for _ in 0..12 {
        app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    }
    app.all_mail_sent().await;
    let resets = async || {
        let mails = app.mails_to("ada@example.com", 0).await;
        mails.iter().filter(|mail| mail.subject == "Choose a new password").count()
    };
    assert_eq!(resets().await, 5);
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    ada.put(&format!("{}/password", ada.path()), &change).await.expect_status(204);
    app.all_mail_sent().await;
    assert_eq!(app.mails_to("ada@example.com", 0).await.last().unwrap().subject, "Your password was changed");
    app.clock.advance(TimeDelta::hours(1));
    app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    app.all_mail_sent().await;
    assert_eq!(resets().await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn making_an_account_again_and_again_mails_its_address_no_more() {
    let app = TestApp::start().await;
    for _ in 0..8 {
        let ada = app.user("ada").await;
        app.all_mail_sent().await;
        ada.delete(&ada.path()).await.expect_status(204);
    }
    assert_eq!(app.mails().len(), 5);
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
async fn what_was_sent_and_what_expired_is_tidied_away() {
    let app = TestApp::start().await;
    app.user("ada").await;
    app.all_mail_sent().await;
    app.clock.advance(TimeDelta::hours(25));
    app.tidy().await;
    let mut sql = app.sql().await;
    assert_eq!(sql.rows("SELECT 1 FROM outbox").await.len(), 0);
    assert_eq!(sql.rows("SELECT 1 FROM mailed_tokens").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_user_is_sent_no_link_by_an_admin_either() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let admin = app.admin().await;
    let path = format!("{}/password-reset", ada.path());
    admin.act(&path).await.expect_status(202);
    app.all_mail_sent().await;
    admin.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
    assert_eq!(admin.get(&ada.path()).await.href("send-password-reset"), None);
    admin.act(&path).await.expect_problem(409, "already_suspended");
    admin.act(&format!("{}/reactivate", ada.path())).await.expect_status(200);
    assert_eq!(admin.get(&ada.path()).await.href("send-password-reset"), Some(path.clone()));
    admin.act(&path).await.expect_status(202);
    app.all_mail_sent().await;
    assert_eq!(app.mails_to("ada@example.com", 3).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_admins_use_up_no_links_of_each_other_and_an_admin_is_told_of_one_too_many() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let admin = app.admin().await;
    let path = format!("{}/password-reset", ada.path());
    let resets = async || {
        app.all_mail_sent().await;
        let mails = app.mails_to("ada@example.com", 0).await;
        mails.iter().filter(|mail| mail.subject == "Choose a new password").count()
    };
    for _ in 0..7 {
        app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    }
    assert_eq!(resets().await, 5);
    for sent in 6..=10 {
        admin.act(&path).await.expect_status(202);
        assert_eq!(resets().await, sent, "what is accepted is sent");
    }
    let refused = admin.act(&path).await.expect_problem(429, "too_many_attempts");
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((3000..=3600).contains(&wait), "{wait}");
    app.clock.advance(TimeDelta::hours(1));
    let admin = app.admin().await;
    for sent in 11..=15 {
        admin.act(&path).await.expect_status(202);
        assert_eq!(resets().await, sent);
    }
    app.nobody().post(REQUEST, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    assert_eq!(resets().await, 16);
}

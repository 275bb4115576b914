//! Asking for a password reset, as a stranger or as an admin.

use super::{CONFIRM, NEW, REQUEST};
use chrono::TimeDelta;
use serde_json::json;
use usher_testkit::{PASSWORD, TestApp};

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
    assert_eq!(app.mails().len(), 1, "a first password needs no notice");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mails_an_hour_to_an_address_are_limited_and_warnings_are_sent_nevertheless() {
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
async fn strangers_and_admins_have_separate_link_quotas_and_an_admin_gets_an_error_beyond_it() {
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

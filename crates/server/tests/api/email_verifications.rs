//! Confirming e-mail addresses.

use chrono::TimeDelta;
use serde_json::json;
use usher_testkit::{Options, PASSWORD, TestApp};

const CONFIRM: &str = "/v1/email-verifications/confirm";
const RESEND: &str = "/v1/email-verifications";

#[tokio::test(flavor = "multi_thread")]
async fn who_registers_confirms_the_address_with_the_mailed_token() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let mail = app.mail_to("ada@example.com", 1).await;
    assert_eq!(mail.subject, "Confirm your e-mail address");
    assert!(mail.link().starts_with("http://usher.test/verify-email#token="), "{}", mail.link());
    assert!(mail.html.contains(mail.link()));
    let before = ada.get("/v1/me").await.expect_status(200);
    assert_eq!(before.json["email_verified"], false);
    app.nobody().post(CONFIRM, &json!({ "token": mail.token() })).await.expect_status(204);
    let after = ada.get("/v1/me").await.expect_status(200);
    assert_eq!(after.json["email_verified"], true);
    assert_ne!(after.header("etag"), before.header("etag"));
    let again = app.nobody().post(CONFIRM, &json!({ "token": mail.token() })).await.expect_status(400);
    assert_eq!(again.faults(), ["/token bad_token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_never_was_is_refused() {
    let app = TestApp::start().await;
    for token in ["nonsense", &"A".repeat(43), "\u{0}", &"ü".repeat(43)] {
        let refused = app.nobody().post(CONFIRM, &json!({ "token": token })).await.expect_status(400);
        assert_eq!(refused.faults(), ["/token bad_token"], "{token:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_expires_after_a_day() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let mail = app.mail_to("ada@example.com", 1).await;
    app.clock.advance(TimeDelta::hours(24));
    let refused = app.nobody().post(CONFIRM, &json!({ "token": mail.token() })).await.expect_status(400);
    assert_eq!(refused.faults(), ["/token bad_token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn resending_is_linked_until_the_address_is_confirmed() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let me = ada.get("/v1/me").await;
    assert_eq!(me.href("resend-verification").as_deref(), Some(RESEND));
    let seen_by_admin = app.admin().await.get(&ada.path()).await;
    assert_eq!(seen_by_admin.href("resend-verification"), None, "it is for oneself");
    ada.act(RESEND).await.expect_status(202);
    let mails = app.mails_to("ada@example.com", 2).await;
    assert_ne!(mails[0].token(), mails[1].token());
    app.nobody().post(CONFIRM, &json!({ "token": mails[0].token() })).await.expect_status(204);
    assert_eq!(ada.get("/v1/me").await.href("resend-verification"), None);
    ada.act(RESEND).await.expect_problem(409, "already_verified");
    app.nobody().act(RESEND).await.expect_status(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_new_address_is_pending_until_it_is_confirmed_and_the_old_one_is_notified() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let change = json!({ "email": "countess@example.org", "current_password": PASSWORD });
    let changed = ada.patch(&ada.path(), &change).await.expect_status(200);
    assert_eq!(changed.json["email"], "ada@example.com");
    assert_eq!(changed.json["pending_email"], "countess@example.org");
    let notice = app.mail_to("ada@example.com", 2).await;
    assert_eq!(notice.subject, "Your e-mail address is about to change");
    assert!(!notice.source.contains("countess"), "{}", notice.source);
    let mail = app.mail_to("countess@example.org", 1).await;
    app.nobody().post(CONFIRM, &json!({ "token": mail.token() })).await.expect_status(204);
    let me = ada.get("/v1/me").await;
    assert_eq!(me.json["email"], "countess@example.org");
    assert_eq!(me.json["email_verified"], true);
    assert!(me.json["pending_email"].is_null());
    let notice = app.mail_to("ada@example.com", 3).await;
    assert_eq!(notice.subject, "Your e-mail address was changed");
    app.nobody().sign_in("countess@example.org", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_waits_can_be_mailed_again_and_the_one_in_use_too() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let change = json!({ "email": "countess@example.org", "current_password": PASSWORD });
    ada.patch(&ada.path(), &change).await.expect_status(200);
    ada.act(RESEND).await.expect_status(202);
    let to_new = app.mails_to("countess@example.org", 2).await;
    let to_old = app.mails_to("ada@example.com", 3).await;
    assert_eq!(to_old.iter().filter(|mail| mail.subject == "Confirm your e-mail address").count(), 2);
    app.nobody().post(CONFIRM, &json!({ "token": to_new[1].token() })).await.expect_status(204);
    // Once it has replaced the old one, all other mailed links are invalid.
    for token in [to_new[0].token(), to_old[0].token()] {
        app.nobody().post(CONFIRM, &json!({ "token": token })).await.expect_status(400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_waited_and_was_replaced_is_not_confirmed_any_more() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let change = async |address: &str| {
        let change = json!({ "email": address, "current_password": PASSWORD });
        ada.patch(&ada.path(), &change).await.expect_status(200);
        app.mail_to(address, 1).await
    };
    let (first, second) = (change("first@example.org").await, change("second@example.org").await);
    app.nobody().post(CONFIRM, &json!({ "token": first.token() })).await.expect_status(400);
    app.nobody().post(CONFIRM, &json!({ "token": second.token() })).await.expect_status(204);
    assert_eq!(ada.get("/v1/me").await.json["email"], "second@example.org");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_that_another_user_has_taken_is_a_conflict_and_the_token_is_kept() {
    let app = TestApp::start().await;
    let (ada, ben) = (app.user("ada").await, app.user("ben").await);
    let change = json!({ "email": "both@example.org", "current_password": PASSWORD });
    ada.patch(&ada.path(), &change).await.expect_status(200);
    ben.patch(&ben.path(), &change).await.expect_status(200);
    let mails = app.mails_to("both@example.org", 2).await;
    let confirm = async |n: usize| app.nobody().post(CONFIRM, &json!({ "token": mails[n].token() })).await;
    confirm(0).await.expect_status(204);
    confirm(1).await.expect_problem(409, "email_taken");
    // The user who has the address is deleted.
    let admin = app.admin().await;
    for person in [&ada, &ben] {
        if admin.get(&person.path()).await.json["email"] == "both@example.org" {
            admin.delete(&person.path()).await.expect_status(204);
        }
    }
    confirm(1).await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_users_address_cannot_even_wait() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    app.user("ben").await;
    let change = json!({ "email": "BEN@example.com", "current_password": PASSWORD });
    ada.patch(&ada.path(), &change).await.expect_problem(409, "email_taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admins_change_of_anothers_address_takes_effect_at_once_unverified_and_the_old_one_is_notified() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let stale = app.mail_to("ada@example.com", 1).await;
    let admin = app.admin().await;
    let changed = admin.patch(&ada.path(), &json!({ "email": "lovelace@example.org" })).await.expect_status(200);
    assert_eq!(changed.json["email"], "lovelace@example.org");
    assert_eq!(changed.json["email_verified"], false);
    let notice = app.mail_to("ada@example.com", 2).await;
    assert_eq!(notice.subject, "Your e-mail address was changed");
    app.nobody().post(CONFIRM, &json!({ "token": stale.token() })).await.expect_status(400);
    let mail = app.mail_to("lovelace@example.org", 1).await;
    app.nobody().post(CONFIRM, &json!({ "token": mail.token() })).await.expect_status(204);
    assert_eq!(ada.get("/v1/me").await.json["email_verified"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_user_confirms_nothing_not_even_after_the_reactivation() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let mail = app.mail_to("ada@example.com", 1).await;
    let admin = app.admin().await;
    admin.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
    app.nobody().post(CONFIRM, &json!({ "token": mail.token() })).await.expect_status(400);
    admin.act(&format!("{}/reactivate", ada.path())).await.expect_status(200);
    app.nobody().post(CONFIRM, &json!({ "token": mail.token() })).await.expect_status(400);
    app.nobody().sign_in("ada", PASSWORD).await.act(RESEND).await.expect_status(202);
    let again = app.mail_to("ada@example.com", 2).await;
    app.nobody().post(CONFIRM, &json!({ "token": again.token() })).await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn if_addresses_must_be_verified_no_user_signs_in_before() {
    let app = TestApp::with(Options { require_verified_email: true, ..Options::default() }).await;
    let registered = app.nobody().register("ada").await.expect_status(201);
    assert_eq!(registered.links(), [""; 0], "a link that cannot be followed is none");
    let refused = app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");
    let wrong = app.nobody().password_grant("ada", "not it at all").await.expect_problem(400, "invalid_grant");
    assert_eq!(refused.text, wrong.text);
    let mail = app.mail_to("ada@example.com", 1).await;
    app.nobody().post(CONFIRM, &json!({ "token": mail.token() })).await.expect_status(204);
    app.nobody().sign_in("ada", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_to_the_application_where_there_is_one() {
    let app_url = Some("https://app.example.com/account".to_owned());
    let app = TestApp::with(Options { app_url, ..Options::default() }).await;
    app.user("ada").await;
    let mail = app.mail_to("ada@example.com", 1).await;
    assert!(mail.link().starts_with("https://app.example.com/account/verify-email#token="), "{}", mail.link());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_confirms_an_address_only_once_even_if_used_concurrently() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let mail = app.mail_to("ada@example.com", 1).await;
    let nobody = app.nobody();
    let body = json!({ "token": mail.token() });
    let uses = (0..16).map(|_| async { nobody.post(CONFIRM, &body).await.status });
    let mut statuses = futures_util::future::join_all(uses).await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 204);
    assert!(statuses[1..].iter().all(|status| *status == 400), "{statuses:?}");
}

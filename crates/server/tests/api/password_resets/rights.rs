//! A mailed link is refused once its account may do more than when the mail was requested.

use super::{CONFIRM, NEW, REQUEST};
use serde_json::json;
use usher_testkit::{Answer, Options, Person, TestApp};

const VERIFY: &str = "/v1/email-verifications/confirm";

/// The token of a link to choose a new password, requested for an account.
async fn link(app: &TestApp, name: &str) -> String {
    let address = format!("{name}@example.com");
    let mails = app.mails().iter().filter(|mail| mail.to == address).count();
    app.nobody().post(REQUEST, &json!({ "email": address })).await.expect_status(202);
    app.mail_to(&address, mails + 1).await.token().to_owned()
}

async fn reset(app: &TestApp, token: &str) -> Answer {
    app.nobody().post(CONFIRM, &json!({ "token": token, "new_password": NEW })).await
}

async fn is_refused(app: &TestApp, token: &str) {
    assert_eq!(reset(app, token).await.expect_status(400).faults(), ["/token bad_token"]);
}

async fn grows(app: &TestApp, role: &str, permission: &str) {
    let grow = format!("UPDATE roles SET permissions = permissions || '{permission}'::text WHERE name = '{role}'");
    app.sql().await.execute(&grow).await;
}

/// A user with a role, after the mail of the registration was sent.
async fn holder(app: &TestApp, name: &str, role: &str) -> Person {
    let user = app.user(name).await;
    app.mail_to(&format!("{name}@example.com"), 1).await;
    app.give(&user, role).await;
    user
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_refused_once_the_user_has_a_larger_role() {
    let app = TestApp::start().await;
    app.role("support", &["users.read"]).await;
    app.role("manager", &["users.read", "users.delete"]).await;
    app.role("auditor", &["audit.read"]).await;
    for (name, then, now, is_valid) in [
        ("ada", "user", "support", false),
        ("bob", "user", "admin", false),
        ("carol", "support", "manager", false),
        ("dora", "support", "auditor", false),
        ("emil", "manager", "admin", false),
        ("fred", "manager", "support", true),
        ("gina", "support", "user", true),
        ("hans", "admin", "manager", true),
        ("ines", "admin", "admin", true),
    ] {
        let user = holder(&app, name, then).await;
        let token = link(&app, name).await;
        app.give(&user, now).await;
        if is_valid {
            reset(&app, &token).await.expect_status(204);
        } else {
            is_refused(&app, &token).await;
            let again = link(&app, name).await;
            reset(&app, &again).await.expect_status(204);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_refused_once_the_role_of_the_user_has_more_permissions() {
    let app = TestApp::start().await;
    app.role("support", &["users.read"]).await;
    holder(&app, "ada", "support").await;
    let token = link(&app, "ada").await;
    grows(&app, "support", "users.delete").await;
    is_refused(&app, &token).await;
    // What a release does not know allows nothing.
    let token = link(&app, "ada").await;
    grows(&app, "support", "users.of-a-later-release").await;
    reset(&app, &token).await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_an_admin_sent_or_that_confirms_an_address_is_refused_as_well() {
    let app = TestApp::start().await;
    app.role("support", &["users.read"]).await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let confirm = app.mail_to("ada@example.com", 1).await.token().to_owned();
    admin.act(&format!("{}/password-reset", ada.path())).await.expect_status(202);
    let sent = app.mail_to("ada@example.com", 2).await.token().to_owned();
    app.give(&ada, "support").await;
    is_refused(&app, &sent).await;
    let refused = app.nobody().post(VERIFY, &json!({ "token": confirm })).await.expect_status(400);
    assert_eq!(refused.faults(), ["/token bad_token"]);

    ada.act("/v1/email-verifications").await.expect_status(202);
    let confirm = app.mail_to("ada@example.com", 3).await.token().to_owned();
    app.nobody().post(VERIFY, &json!({ "token": confirm })).await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_invitation_of_a_user_with_a_role_is_valid() {
    let app = TestApp::start().await;
    app.role("support", &["users.read"]).await;
    let body = json!({ "username": "ada", "email": "ada@example.com", "role": "support" });
    app.admin().await.post("/v1/users", &body).await.expect_status(201);
    let token = app.mail_to("ada@example.com", 1).await.token().to_owned();
    reset(&app, &token).await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_waits_is_not_sent_once_its_user_may_do_more() {
    let app = TestApp::with(Options { send_mail: false, ..Options::default() }).await;
    app.role("support", &["users.read"]).await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    for name in ["ada", "bob"] {
        let body = json!({ "email": format!("{name}@example.com") });
        app.nobody().post(REQUEST, &body).await.expect_status(202);
    }
    app.give(&ada, "support").await;
    app.give(&bob, "user").await;
    let replica = app.replica().await;
    replica.all_mail_sent().await;
    assert!(replica.mails().iter().all(|mail| mail.to == "bob@example.com"), "{:?}", replica.mails());
    assert_eq!(replica.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_the_previous_release_mailed_is_for_an_account_without_permissions() {
    let app = TestApp::start().await;
    app.role("support", &["users.read"]).await;
    for (name, role, is_valid) in [("ada", "user", true), ("bob", "support", false), ("carol", "admin", false)] {
        holder(&app, name, role).await;
        let token = link(&app, name).await;
        app.sql().await.execute("UPDATE mailed_tokens SET rights = NULL").await;
        if is_valid {
            reset(&app, &token).await.expect_status(204);
        } else {
            is_refused(&app, &token).await;
        }
    }
}

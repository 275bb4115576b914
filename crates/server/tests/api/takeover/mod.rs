//! After an account takeover: no link that the attacker requested is valid once the owner or an admin has acted.

mod upwards;

use chrono::TimeDelta;
use serde_json::{Value, json};
use usher_testkit::{Answer, Encryption, MailServer, Options, PASSWORD, Person, TestApp};

const CONFIRM: &str = "/v1/email-verifications/confirm";
const RESEND: &str = "/v1/email-verifications";
const RESET: &str = "/v1/password-resets";
const NEW: &str = "difference-engine-1822";

/// The acts that end a possible takeover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    PasswordChanged,
    PasswordReset,
    SessionsRevoked,
    SessionRevoked,
    SuspendedAndReactivated,
    EmailChangedAndBack,
}

const ACTS: [Act; 6] = [
    Act::PasswordChanged,
    Act::PasswordReset,
    Act::SessionsRevoked,
    Act::SessionRevoked,
    Act::SuspendedAndReactivated,
    Act::EmailChangedAndBack,
];

impl Act {
    /// Performs the act on a user. `reset` returns the token of a link to choose a new password.
    async fn done(self, app: &TestApp, admin: &Person, user: &Person, reset: impl AsyncFn() -> String) {
        let email = user.get("/v1/me").await.json["email"].as_str().unwrap().to_owned();
        match self {
            Self::PasswordChanged => {
                let body = json!({ "current_password": PASSWORD, "new_password": NEW });
                user.put(&format!("{}/password", user.path()), &body).await.expect_status(204);
            }
            Self::PasswordReset => {
                let body = json!({ "token": reset().await, "new_password": NEW });
                app.nobody().post(&format!("{RESET}/confirm"), &body).await.expect_status(204);
            }
            Self::SessionsRevoked => {
                admin.delete(&format!("{}/sessions", user.path())).await.expect_status(204);
            }
            Self::SessionRevoked => {
                let sessions = admin.get(&format!("{}/sessions", user.path())).await;
                let session = sessions.json["_embedded"]["sessions"][0]["id"].as_str().unwrap();
                admin.delete(&format!("{}/sessions/{session}", user.path())).await.expect_status(204);
            }
            Self::SuspendedAndReactivated => {
                for operation in ["suspend", "reactivate"] {
                    admin.act(&format!("{}/{operation}", user.path())).await.expect_status(200);
                }
            }
            Self::EmailChangedAndBack => {
                for email in ["elsewhere@example.net", &email] {
                    admin.patch(&user.path(), &json!({ "email": email })).await.expect_status(200);
                }
            }
        }
    }

    /// The event that says that a pending address was forgotten, unless it goes without saying.
    fn event(self) -> Option<&'static str> {
        let event = match self {
            Self::PasswordChanged | Self::PasswordReset => return None,
            Self::SessionsRevoked => "sessions_revoked",
            Self::SessionRevoked => "session_revoked",
            Self::SuspendedAndReactivated => "user_suspended",
            Self::EmailChangedAndBack => "user_updated",
        };
        Some(event)
    }
}

async fn served_by(server: &MailServer) -> TestApp {
    let smtp_url = Some(format!("smtp://usher:s3cret@127.0.0.1:{}", server.port));
    TestApp::with(Options { smtp_url, ..Options::default() }).await
}

/// The attacker, who has the password, changes the address to their own.
async fn ask_for(user: &Person, email: &str) {
    let change = json!({ "email": email, "current_password": PASSWORD });
    user.patch(&user.path(), &change).await.expect_status(200);
}

async fn confirm(app: &TestApp, token: &str) -> Answer {
    app.nobody().post(CONFIRM, &json!({ "token": token })).await
}

/// Lets everything that waits in the outbox be tried again.
async fn send_the_rest(app: &TestApp, server: &MailServer) {
    server.relent();
    app.clock.advance(TimeDelta::minutes(10));
    app.all_mail_sent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_mail_for_a_pending_address_is_never_sent_once_the_account_is_recovered() {
    let server = MailServer::start(Encryption::None).await;
    let app = served_by(&server).await;
    for act in ACTS {
        let admin = app.admin().await;
        let name = format!("{act:?}").to_lowercase();
        let (email, evil) = (format!("{name}@example.com"), format!("{name}@evil.example"));
        let user = app.user(&name).await;
        server.reply(&format!("RCPT TO:<{evil}"), "451 4.7.1 come back later");
        ask_for(&user, &evil).await;
        server.until_heard(&format!("RCPT TO:<{evil}"), 1).await;
        let reset = async || {
            app.nobody().post(RESET, &json!({ "email": email })).await.expect_status(202);
            let is_reset = |delivery: &usher_testkit::Delivery| delivery.mail.subject == "Choose a new password";
            let mut count = 1;
            loop {
                let mails = server.mails_to(&email, count).await;
                if let Some(reset) = mails.iter().find(|delivery| is_reset(delivery)) {
                    return reset.mail.token().to_owned();
                }
                count = mails.len() + 1;
            }
        };
        act.done(&app, &admin, &user, reset).await;
        send_the_rest(&app, &server).await;
        assert!(server.mails_to(&evil, 0).await.is_empty(), "{act:?}");
        let after = app.admin().await.get(&user.path()).await;
        assert!(after.json["pending_email"].is_null(), "{act:?}");
        assert_eq!(after.json["email"], email.as_str(), "{act:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_were_mailed_before_the_account_is_taken_back_are_worthless() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for act in ACTS {
        let name = format!("{act:?}").to_lowercase();
        let (email, evil) = (format!("{name}@example.com"), format!("{name}@evil.example"));
        let user = app.user(&name).await;
        let verification = app.mail_to(&email, 1).await;
        ask_for(&user, &evil).await;
        let pending = app.mail_to(&evil, 1).await;
        app.nobody().post(RESET, &json!({ "email": email })).await.expect_status(202);
        app.all_mail_sent().await;
        let by_stranger = app.mail_to(&email, 3).await;
        admin.act(&format!("{}/password-reset", user.path())).await.expect_status(202);
        app.all_mail_sent().await;
        let by_admin = app.mail_to(&email, 4).await;
        let before = admin.get(&user.path()).await;

        act.done(&app, &admin, &user, async || by_admin.token().to_owned()).await;
        assert_ne!(admin.get(&user.path()).await.header("etag"), before.header("etag"), "{act:?}");
        let refused = confirm(&app, pending.token()).await.expect_status(400);
        assert_eq!(refused.faults(), ["/token bad_token"], "{act:?}");
        for mail in [&by_stranger, &by_admin] {
            let body = json!({ "token": mail.token(), "new_password": "another-engine-1837" });
            let refused = app.nobody().post(&format!("{RESET}/confirm"), &body).await.expect_status(400);
            assert_eq!(refused.faults(), ["/token bad_token"], "{act:?}");
        }
        // The current address can still be verified by its reader.
        let kept = act == Act::PasswordChanged;
        assert_eq!(confirm(&app, verification.token()).await.status, if kept { 204 } else { 400 }, "{act:?}");
        let password = if [Act::PasswordChanged, Act::PasswordReset].contains(&act) { NEW } else { PASSWORD };
        let user = app.nobody().sign_in(&name, password).await;
        if user.get("/v1/me").await.json["email_verified"] == false {
            let had = app.mails_to(&email, 0).await.len();
            user.act(RESEND).await.expect_status(202);
            app.all_mail_sent().await;
            let again = app.mail_to(&email, had + 1).await;
            confirm(&app, again.token()).await.expect_status(204);
        }
        let me = user.get("/v1/me").await;
        assert_eq!((me.json["email_verified"] == true, me.href("resend-verification")), (true, None), "{act:?}");
        user.act(RESEND).await.expect_problem(409, "already_verified");
        assert_eq!(app.mails_to(&evil, 0).await.len(), 1, "{act:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reactivation_withdraws_what_the_suspension_has_left() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    ask_for(&ada, "ada@evil.example").await;
    let pending = app.mail_to("ada@evil.example", 1).await;
    app.nobody().post(RESET, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    app.all_mail_sent().await;
    let reset = app.mail_to("ada@example.com", 3).await;
    // A replica of an earlier release suspends a user, and withdraws nothing.
    app.sql().await.execute("UPDATE users SET status = 'suspended' WHERE username = 'ada'").await;
    let active = admin.act(&format!("{}/reactivate", ada.path())).await.expect_status(200);
    assert!(active.json["pending_email"].is_null(), "{}", active.text);
    confirm(&app, pending.token()).await.expect_status(400);
    let body = json!({ "token": reset.token(), "new_password": NEW });
    app.nobody().post(&format!("{RESET}/confirm"), &body).await.expect_status(400);
    let me = app.nobody().sign_in("ada", PASSWORD).await.get("/v1/me").await;
    assert_eq!((&me.json["email"], &me.json["pending_email"]), (&json!("ada@example.com"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_mailed_to_a_former_address_stays_invalid_when_that_address_comes_back() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    app.nobody().post(RESET, &json!({ "email": "ada@example.com" })).await.expect_status(202);
    let reset = app.mail_to("ada@example.com", 2).await;
    assert_eq!(reset.subject, "Choose a new password");
    for (email, sent) in [("countess@example.org", 0), ("ada@example.com", 4)] {
        app.all_mail_sent().await;
        assert_eq!(app.mails_to(email, 0).await.len(), sent);
        ask_for(&ada, email).await;
        let link = app.mail_to(email, sent + 1).await;
        confirm(&app, link.token()).await.expect_status(204);
    }
    let body = json!({ "token": reset.token(), "new_password": NEW });
    app.nobody().post(&format!("{RESET}/confirm"), &body).await.expect_status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_trail_records_that_a_pending_address_was_discarded() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (act, event) in ACTS.into_iter().filter_map(|act| Some((act, act.event()?))) {
        let name = format!("{act:?}").to_lowercase();
        for pending in [false, true] {
            let user = app.user(&name).await;
            if pending {
                ask_for(&user, &format!("{name}@evil.example")).await;
            }
            act.done(&app, &admin, &user, async || String::new()).await;
            let list = format!("/v1/audit-events?target={}&action={event}&sort=at", user.id);
            let events = admin.get(&list).await.expect_status(200);
            // The request for the new address is a `user_updated` too.
            let index = usize::from(pending && act == Act::EmailChangedAndBack);
            let changes = events.json["_embedded"]["audit_events"][index]["changes"].as_array().unwrap().clone();
            let is_recorded = changes.iter().any(|change: &Value| change["field"] == "pending_email");
            assert_eq!(is_recorded, pending, "{act:?}: {changes:?}");
            admin.delete(&user.path()).await.expect_status(204);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_keeps_a_pending_address() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    ask_for(&ada, "countess@example.org").await;
    let mail = app.mail_to("countess@example.org", 1).await;
    ada.delete(&format!("{}/sessions", ada.path())).await.expect_status(204);
    confirm(&app, mail.token()).await.expect_status(204);
    let me = app.nobody().sign_in("ada", PASSWORD).await.get("/v1/me").await;
    assert_eq!(me.json["email"], "countess@example.org");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_prepared_while_the_password_changes_opens_nothing() {
    let server = MailServer::start(Encryption::None).await;
    let app = served_by(&server).await;
    for (round, (mail_first, reset)) in
        [(true, false), (false, false), (true, true), (false, true)].into_iter().enumerate()
    {
        let (name, evil) = (format!("user{round}"), format!("mallory{round}@evil.example"));
        let user = app.user(&name).await;
        let own = format!("{name}@example.com");
        server.mails_to(&own, 1).await;
        let (recipient, heard) = if reset { (&own, 2) } else { (&evil, 1) };
        server.reply(&format!("RCPT TO:<{recipient}"), "451 4.7.1 come back later");
        if reset {
            app.admin().await.act(&format!("{}/password-reset", user.path())).await.expect_status(202);
        } else {
            ask_for(&user, &evil).await;
        }
        server.until_heard(&format!("RCPT TO:<{recipient}"), heard).await;
        // While a mail is being sent it is due at the end of a lease, which is longer than the wait after a first failure.
        let leased = (app.clock.now() + TimeDelta::minutes(1)).to_rfc3339();
        let due = format!("SELECT id FROM jobs WHERE run_at > '{leased}'");
        while !app.sql().await.rows(&due).await.is_empty() {
            tokio::task::yield_now().await;
        }
        server.relent();
        let mut sql = app.sql().await;
        let mut watch = app.sql().await;
        sql.execute("BEGIN").await;
        sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", user.id)).await;
        if mail_first {
            app.clock.advance(TimeDelta::minutes(10));
            watch.until_waiting(1).await;
        }
        let (path, owner) = (format!("{}/password", user.path()), user.clone());
        let change = tokio::spawn(async move {
            owner.put(&path, &json!({ "current_password": PASSWORD, "new_password": NEW })).await
        });
        watch.until_waiting(if mail_first { 2 } else { 1 }).await;
        if !mail_first {
            app.clock.advance(TimeDelta::minutes(10));
            watch.until_waiting(2).await;
        }
        sql.execute("COMMIT").await;
        change.await.unwrap().expect_status(204);
        app.all_mail_sent().await;
        for delivery in server.mails_to(&evil, 0).await {
            assert_eq!(confirm(&app, delivery.mail.token()).await.status, 400, "{mail_first}");
        }
        for delivery in server.mails_to(&own, 0).await {
            if delivery.mail.subject == "Choose a new password" {
                let body = json!({ "token": delivery.mail.token(), "new_password": "another-engine-1837" });
                let refused = app.nobody().post(&format!("{RESET}/confirm"), &body).await;
                assert_eq!(refused.status, 400, "{mail_first}");
            }
        }
        assert_eq!(app.nobody().sign_in(&name, NEW).await.get("/v1/me").await.json["pending_email"], Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_stored_while_the_password_changes_opens_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    app.all_mail_sent().await;
    let (mut sql, mut watch) = (app.sql().await, app.sql().await);
    // The mail is ready and waits to store its token; then the password changes.
    sql.execute("BEGIN").await;
    sql.execute("LOCK TABLE mailed_tokens IN SHARE MODE").await;
    app.admin().await.act(&format!("{}/password-reset", ada.path())).await.expect_status(202);
    watch.until_waiting(1).await;
    let owner = ada.clone();
    let change = tokio::spawn(async move {
        let body = json!({ "current_password": PASSWORD, "new_password": NEW });
        owner.put(&format!("{}/password", owner.path()), &body).await
    });
    watch.until_waiting(2).await;
    sql.execute("COMMIT").await;
    change.await.unwrap().expect_status(204);
    app.all_mail_sent().await;
    for mail in app.mails().iter().filter(|mail| mail.subject == "Choose a new password") {
        let body = json!({ "token": mail.token(), "new_password": "another-engine-1837" });
        app.nobody().post(&format!("{RESET}/confirm"), &body).await.expect_status(400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_queued_for_a_deleted_user_is_not_sent_to_the_next_owner_of_the_address() {
    let server = MailServer::start(Encryption::None).await;
    let app = served_by(&server).await;
    let ada = app.user("ada").await;
    server.mails_to("ada@example.com", 1).await;
    server.reply("RCPT TO:<ada@", "451 4.7.1 come back later");
    let admin = app.admin().await;
    admin.act(&format!("{}/password-reset", ada.path())).await.expect_status(202);
    server.until_heard("RCPT TO:<ada@", 2).await;
    ada.delete(&ada.path()).await.expect_status(204);
    app.nobody().register("ada").await.expect_status(201);
    send_the_rest(&app, &server).await;
    let subjects: Vec<_> = server.mails_to("ada@example.com", 2).await.into_iter().map(|it| it.mail.subject).collect();
    assert_eq!(subjects, ["Confirm your e-mail address", "Confirm your e-mail address"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_could_not_be_sent_yet_is_not_sent_once_a_password_was_chosen() {
    let server = MailServer::start(Encryption::None).await;
    server.reply("RCPT TO:<grace@", "451 4.7.1 come back later");
    let app = served_by(&server).await;
    let admin = app.admin().await;
    let new = json!({ "username": "grace", "email": "grace@example.com" });
    let path = admin.post("/v1/users", &new).await.expect_status(201).header("location").to_owned();
    server.until_heard("RCPT TO:<grace@", 1).await;
    server.relent();
    admin.act(&format!("{path}/password-reset")).await.expect_status(202);
    let reset = server.mails_to("grace@example.com", 1).await.remove(0);
    let body = json!({ "token": reset.mail.token(), "new_password": NEW });
    app.nobody().post(&format!("{RESET}/confirm"), &body).await.expect_status(204);
    send_the_rest(&app, &server).await;
    assert_eq!(server.mails_to("grace@example.com", 1).await.len(), 1);
}

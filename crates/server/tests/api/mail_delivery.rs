//! Delivery of mail to a mail server that is slow, refuses mail, or is unreachable.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tokio::time::sleep;
use usher_testkit::{Encryption, MailServer, Options, PASSWORD, TestApp};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

async fn served_by(server: &MailServer) -> TestApp {
    let smtp_url = Some(format!("smtp://usher:s3cret@127.0.0.1:{}", server.port));
    TestApp::with(Options { smtp_url, ..Options::default() }).await
}

/// When the only mail that is left in the queue is due again, once it was tried so often.
async fn due_after(app: &TestApp, attempts: i64) -> DateTime<Utc> {
    // While it is being sent it is due at the end of a lease, which is longer than any wait here.
    const LONGEST: TimeDelta = TimeDelta::minutes(1);
    let end = Instant::now() + Duration::from_secs(30);
    let mut sql = app.sql().await;
    loop {
        // A mail that the server has taken stays in the queue until the service has deleted it.
        let waiting = sql.rows("SELECT attempts, run_at FROM jobs").await;
        if let [job] = waiting.as_slice() {
            let due_at: DateTime<Utc> = job["run_at"].as_str().unwrap().parse().unwrap();
            if job["attempts"] == attempts && due_at - app.clock.now() < LONGEST {
                return due_at;
            }
        }
        assert!(Instant::now() < end, "no single mail was tried {attempts} times: {waiting:?}");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Lets time pass until then.
fn advance_to(app: &TestApp, time: DateTime<Utc>) {
    app.clock.advance(time - app.clock.now());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_handed_over_with_the_name_and_password_of_the_settings() {
    let server = MailServer::start(Encryption::None).await;
    let app = served_by(&server).await;
    app.nobody().register("ada").await.expect_status(201);
    let delivery = server.mails_to(ADA, 1).await.remove(0);
    assert_eq!(delivery.credentials, Some(STANDARD.encode("\0usher\0s3cret")));
    assert_eq!(delivery.sender, "usher@usher.invalid");
    assert_eq!((delivery.mail.to.as_str(), delivery.mail.subject.as_str()), (ADA, "Confirm your e-mail address"));
    let body = json!({ "token": delivery.mail.token() });
    app.nobody().post("/v1/email-verifications/confirm", &body).await.expect_status(204);
    app.all_mail_sent().await;
    assert_eq!(server.mails_to(ADA, 1).await.len(), 1, "once is enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_offers_only_login_is_signed_in_to() {
    let server = MailServer::start(Encryption::None).await;
    server.reply("EHLO", "250-far.example\r\n250 AUTH LOGIN");
    let [ask_name, ask_password, name, password] =
        ["Username:", "Password:", "usher", "s3cret"].map(|text| STANDARD.encode(text));
    server.reply("AUTH LOGIN", &format!("334 {ask_name}"));
    server.reply(&name, &format!("334 {ask_password}"));
    server.reply(&password, "235 2.7.0 let in");
    let app = served_by(&server).await;
    app.nobody().register("ada").await.expect_status(201);
    server.mails_to(ADA, 1).await;
    let heard = server.heard();
    let begins = heard.iter().position(|command| command.starts_with("AUTH")).unwrap();
    assert_eq!(heard[begins..begins + 3], ["AUTH LOGIN".to_owned(), name, password]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_the_server_wants_later_is_sent_later_after_waits_that_grow() {
    let server = MailServer::start(Encryption::None).await;
    server.reply("RCPT", "451 4.7.1 come back later");
    let app = served_by(&server).await;
    let mut tried_at = app.clock.now();
    app.nobody().register("ada").await.expect_status(201);
    for (attempts, least) in [(1, 5), (2, 10), (3, 20)] {
        let due_at = due_after(&app, attempts).await;
        let least = TimeDelta::seconds(least);
        assert!(due_at - tried_at >= least, "{due_at} after {tried_at}");
        assert!(due_at - app.clock.now() <= least + least / 4, "up to a quarter longer");
        if attempts == 3 {
            server.relent();
        }
        advance_to(&app, due_at);
        tried_at = due_at;
    }
    let delivery = server.mails_to(ADA, 1).await.remove(0);
    let body = json!({ "token": delivery.mail.token() });
    app.nobody().post("/v1/email-verifications/confirm", &body).await.expect_status(204);
    app.all_mail_sent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanently_rejected_address_delays_no_other_mail_and_is_given_up_in_the_end() {
    let server = MailServer::start(Encryption::None).await;
    server.reply("RCPT TO:<bob@", "550 5.1.1 no such user");
    let app = served_by(&server).await;
    for name in ["bob", "ada"] {
        app.nobody().register(name).await.expect_status(201);
    }
    server.mails_to(ADA, 1).await;
    due_after(&app, 1).await;
    app.clock.advance(TimeDelta::days(2));
    app.all_mail_sent().await;
    server.until_heard("RCPT TO:<bob@", 2).await;
    assert!(server.mails_to(BOB, 0).await.is_empty());
    // The account exists nevertheless.
    app.nobody().sign_in("bob", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_waits_for_an_unavailable_server() {
    let server = MailServer::start(Encryption::None).await;
    server.go_away().await;
    let app = served_by(&server).await;
    app.nobody().register("ada").await.expect_status(201);
    let due_at = due_after(&app, 1).await;
    server.come_back().await;
    advance_to(&app, due_at);
    server.mails_to(ADA, 1).await;
    app.all_mail_sent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_does_not_answer_delays_no_request() {
    let server = MailServer::start(Encryption::None).await;
    server.fall_silent("CONNECT");
    let app = served_by(&server).await;
    // More than are on their way at a time.
    let names: Vec<String> = (0..8).map(|n| format!("user{n}")).collect();
    for name in &names {
        app.user(name).await;
    }
    server.until_heard("CONNECT", 1).await;
    for name in &names {
        assert!(server.mails_to(&format!("{name}@example.com"), 0).await.is_empty(), "it still says nothing");
    }
    server.relent();
    for name in &names {
        server.mails_to(&format!("{name}@example.com"), 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_may_not_have_arrived_is_sent_again_as_the_same_mail() {
    let server = MailServer::start(Encryption::None).await;
    server.hang_up("END");
    let app = served_by(&server).await;
    app.nobody().register("ada").await.expect_status(201);
    let due_at = due_after(&app, 1).await;
    server.relent();
    advance_to(&app, due_at);
    expect_copies(&app, &server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_sender_died_before_the_acknowledgement_is_sent_again_with_the_same_id() {
    let server = MailServer::start(Encryption::None).await;
    server.fall_silent("END");
    let app = served_by(&server).await;
    app.nobody().register("ada").await.expect_status(201);
    server.mails_to(ADA, 1).await;
    let smtp_url = Some(format!("smtp://127.0.0.1:{}", server.port));
    let other = app.replica_with(Options { smtp_url, ..Options::default() }).await;
    app.stop().await;
    server.relent();
    // The dead sender's lease ends.
    other.clock.advance(TimeDelta::minutes(4));
    expect_copies(&other, &server).await;
}

/// Ada has got a mail twice; readers that look at the `Message-ID` show it once. Whichever she opens first works.
async fn expect_copies(app: &TestApp, server: &MailServer) {
    let copies = server.mails_to(ADA, 2).await;
    app.all_mail_sent().await;
    let id = |n: usize| copies[n].mail.source.lines().find(|line| line.starts_with("Message-ID: ")).map(str::to_owned);
    assert!(id(0).is_some());
    assert_eq!(id(0), id(1));
    let confirm = async |n: usize| {
        let body = json!({ "token": copies[n].mail.token() });
        app.nobody().post("/v1/email-verifications/confirm", &body).await.status
    };
    assert_eq!((confirm(0).await, confirm(1).await), (204, 400));
}

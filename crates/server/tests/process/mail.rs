//! Mail to a server that asks for encryption, by the settings alone.

use crate::home::{Home, wait_until};
use base64::{Engine, engine::general_purpose::STANDARD};
use usher_testkit::{Encryption, MailServer, Sql, new_database};

const PASSWORD: &str = "the-password-at-the-mail-server";
const ADA: &str = "ada@example.com";
const NOT_SENT: &str = "job failed; it runs again later";

/// A service that speaks to this server and believes in this certificate.
async fn home(server: &MailServer, scheme: &str, options: &str, certificate: &str) -> Home {
    let home = Home::with_database().await.set("USHER_LOG", "trace").set("USHER_MAIL_FROM", "Usher <mail@example.com>");
    let authorities = home.file("authorities.pem", certificate);
    let url = format!("{scheme}://usher:{PASSWORD}@localhost:{}{options}", server.port);
    home.set("SSL_CERT_FILE", &authorities).set("USHER_SMTP_URL", &url)
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_sent_encrypted_and_neither_password_nor_token_is_logged() {
    for (encryption, scheme, options) in
        [(Encryption::Implicit, "smtps", ""), (Encryption::StartTls, "smtp", "?tls=required")]
    {
        let server = MailServer::start(encryption).await;
        let home = home(&server, scheme, options, &server.certificate).await;
        let service = home.serve().await;
        service.client().register("ada").await.expect_status(201);
        let delivery = server.mails_to(ADA, 1).await.remove(0);
        assert!(delivery.encrypted, "{encryption:?}");
        assert_eq!(delivery.sender, "mail@example.com");
        let credentials = STANDARD.encode(format!("\0usher\0{PASSWORD}"));
        assert_eq!(delivery.credentials.as_ref(), Some(&credentials));
        service.terminate().await;
        for secret in [PASSWORD, &credentials, delivery.mail.token()] {
            assert!(!home.log().contains(secret), "{secret} is in the log");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_prove_who_it_is_or_does_not_encrypt_gets_nothing() {
    let authority = MailServer::start(Encryption::Implicit).await.certificate;
    for (encryption, scheme, options) in [
        (Encryption::Implicit, "smtps", ""),
        (Encryption::StartTls, "smtp", "?tls=required"),
        (Encryption::None, "smtp", "?tls=required"),
    ] {
        let server = MailServer::start(encryption).await;
        let home = home(&server, scheme, options, &authority).await;
        let service = home.serve().await;
        service.client().register("ada").await.expect_status(201);
        wait_until("the mail to fail", || home.log().contains(NOT_SENT)).await;
        service.terminate().await;
        for command in server.heard() {
            assert!(
                ["CONNECT", "EHLO", "STARTTLS", "QUIT"].iter().any(|known| command.starts_with(known)),
                "{command}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_says_hello_with_a_name_that_the_mail_server_may_know() {
    for (public_url, path, expected) in [
        (Some("https://id.example.com/auth"), "", "EHLO id.example.com"),
        (Some("http://192.0.2.7:8080"), "", "EHLO mail.example.org"),
        (None, "/", "EHLO mail.example.org"),
        (Some("https://id.example.com"), "/relay.example.net", "EHLO relay.example.net"),
    ] {
        let server = MailServer::start(Encryption::None).await;
        let home = Home::with_database().await.set("USHER_MAIL_FROM", "Usher <no-reply@mail.example.org>");
        let home = home.set("USHER_SMTP_URL", &format!("smtp://127.0.0.1:{}{path}", server.port));
        let home = public_url.into_iter().fold(home, |home, url| home.set("USHER_PUBLIC_URL", url));
        let service = home.serve().await;
        service.client().register("ada").await.expect_status(201);
        server.mails_to(ADA, 1).await;
        let heard = server.heard();
        let hello = heard.iter().find(|command| command.starts_with("EHLO"));
        assert_eq!(hello.map(|hello| hello.trim_end()), Some(expected));
        service.terminate().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_of_a_process_that_was_killed_is_sent_by_the_next() {
    let server = MailServer::start(Encryption::Implicit).await;
    let database = new_database().await;
    let home = home(&server, "smtps", "", &server.certificate).await.set("DATABASE_URL", &database);
    server.fall_silent("END");
    let service = home.serve().await;
    service.client().register("ada").await.expect_status(201);
    server.mails_to(ADA, 1).await;
    service.kill().await;
    server.relent();
    // Its lease ends.
    Sql::connect(&database).await.execute("UPDATE jobs SET run_at = now()").await;
    let service = home.serve().await;
    let copies = server.mails_to(ADA, 2).await;
    let id = |n: usize| copies[n].mail.source.lines().find(|line| line.starts_with("Message-ID: ")).map(str::to_owned);
    assert!(id(0).is_some() && id(0) == id(1), "the same mail");
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_an_unknown_kind_is_logged() {
    let database = new_database().await;
    let home = Home::new().set("DATABASE_URL", &database);
    Sql::connect(&database)
        .await
        .execute(
            "INSERT INTO jobs (id, kind, created_at, run_at, attempts)
             VALUES (gen_random_uuid(), 'webhook', now(), now() - interval '1 day', 0)",
        )
        .await;
    let service = home.serve().await;
    wait_until("the job to be logged", || {
        home.log()
            .lines()
            .any(|line| line.contains("a kind that this version does not know") && line.contains("webhook"))
    })
    .await;
    service.terminate().await;
}

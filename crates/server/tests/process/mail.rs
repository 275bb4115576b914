//! Mail to a server that asks for encryption, by the settings alone.

use crate::home::{Home, wait_until};
use base64::{Engine, engine::general_purpose::STANDARD};
use usher_testkit::{Encryption, MailServer};

const PASSWORD: &str = "the-password-at-the-mail-server";
const ADA: &str = "ada@example.com";
const NOT_SENT: &str = "a mail could not be sent yet";

/// A service that speaks to this server and believes in this certificate.
async fn home(server: &MailServer, scheme: &str, options: &str, certificate: &str) -> Home {
    let home = Home::with_database().await.set("USHER_LOG", "trace").set("USHER_MAIL_FROM", "Usher <mail@example.com>");
    let authorities = home.file("authorities.pem", certificate);
    let url = format!("{scheme}://usher:{PASSWORD}@localhost:{}{options}", server.port);
    home.set("SSL_CERT_FILE", &authorities).set("USHER_SMTP_URL", &url)
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_out_encrypted_and_neither_password_nor_token_is_logged() {
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

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

//! Mails as messages (RFC 5322) with a text and an HTML part (RFC 2046 §5.1.4).

use crate::{Links, Sender, templates::Content};
use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use usher_domain::{EmailAddress, MailKind};
use uuid::Uuid;

/// Maximum length of a line of a part that is sent without an encoding (RFC 5322 §2.1.1).
const MAX_LINE_LENGTH: usize = 998;

/// One mail.
pub(crate) struct Email<'a> {
    /// The id of the mail in the database. A second copy has the same `Message-ID`.
    pub(crate) id: Uuid,
    pub(crate) kind: MailKind,
    pub(crate) sender: &'a Sender,
    pub(crate) recipient: &'a EmailAddress,
    pub(crate) links: &'a Links,
    /// The token of the link, if this kind of mail has one.
    pub(crate) token: &'a str,
    pub(crate) date: DateTime<Utc>,
}

/// The mail cannot be written as a message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MessageError {
    #[error("invalid address: no @")]
    NoDomain,
    #[error("invalid address: {0}")]
    Address(#[from] lettre::address::AddressError),
    #[error("invalid domain: {0}")]
    Domain(#[from] idna::Errors),
    #[error("invalid message: {0}")]
    Message(#[from] lettre::error::Error),
    #[error("invalid template: {0}")]
    Template(#[from] askama::Error),
}

impl Email<'_> {
    pub(crate) fn message(&self) -> Result<Message, MessageError> {
        let content = Content::render(self.kind, self.links, self.token)?;
        let message_id = format!("<{}@{}>", self.id, self.sender.domain()?);
        let mut message = Message::builder()
            .from(self.sender.mailbox().clone())
            .to(Mailbox::new(None, address(self.recipient)?))
            .subject(content.subject)
            .message_id(Some(message_id))
            .date(self.date.into())
            .multipart(
                MultiPart::alternative()
                    .singlepart(part(ContentType::TEXT_PLAIN, content.text))
                    .singlepart(part(ContentType::TEXT_HTML, content.html)),
            )?;
        // Automatic replies, such as out-of-office notes, are not wanted (RFC 3834 §5).
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        message.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
        Ok(message)
    }
}

/// The templates are ASCII with short lines, so their parts are sent without an encoding. A link is then in one piece even in
/// the source of the mail. Only the operator's own URL can make an encoding necessary.
fn part(content_type: ContentType, text: String) -> SinglePart {
    // The engine removes the line break at the end of a template.
    let text = text + "\n";
    let needs_no_encoding = text.is_ascii() && text.lines().all(|line| line.len() <= MAX_LINE_LENGTH);
    let body = if needs_no_encoding {
        let lines = text.replace('\n', "\r\n").into_bytes();
        Body::dangerous_pre_encoded(lines, ContentTransferEncoding::SevenBit)
    } else {
        Body::new(text)
    };
    SinglePart::builder().header(content_type).body(body)
}

/// The address with its domain in ASCII (RFC 5891), which all mail servers accept.
fn address(recipient: &EmailAddress) -> Result<Address, MessageError> {
    let (local, domain) = recipient.as_str().rsplit_once('@').ok_or(MessageError::NoDomain)?;
    Ok(Address::new(local, idna::domain_to_ascii(domain)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn written(recipient: &str, kind: MailKind, base: &str) -> String {
        let email = Email {
            id: Uuid::nil(),
            kind,
            sender: &"Example <mail@example.com>".parse().unwrap(),
            recipient: &EmailAddress::stored(recipient.to_owned()),
            links: &Links { base: base.to_owned() },
            token: TOKEN,
            date: DateTime::UNIX_EPOCH,
        };
        String::from_utf8(email.message().unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_mail_has_the_headers_of_a_mail_that_no_person_wrote() {
        let mail = written("ada@example.org", MailKind::VerifyEmail, "https://app.example.com");
        let (head, _) = mail.split_once("\r\n\r\n").unwrap();
        for header in [
            "From: Example <mail@example.com>",
            "To: ada@example.org",
            "Subject: Confirm your e-mail address",
            "Message-ID: <00000000-0000-0000-0000-000000000000@example.com>",
            "Date: Thu, 01 Jan 1970 00:00:00 +0000",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert!(head.lines().any(|line| line == header), "{header}\n{head}");
        }
    }

    #[test]
    fn a_link_is_unbroken_in_both_parts() {
        let link = format!("https://app.example.com/a/rather/long/path/before/it/reset-password#token={TOKEN}");
        for kind in [MailKind::ResetPassword, MailKind::Invitation] {
            let mail = written("ada@example.org", kind, "https://app.example.com/a/rather/long/path/before/it");
            assert!(mail.contains(&format!("\r\n{link}\r\n")), "{mail}");
            assert!(mail.contains(&format!("href=\"{link}\"")), "{mail}");
            assert!(!mail.contains("quoted-printable"), "{mail}");
        }
    }

    #[test]
    fn a_notice_has_no_token() {
        for kind in [
            MailKind::PasswordChanged,
            MailKind::EmailChanging,
            MailKind::EmailChanged,
            MailKind::ApiKeyCreated,
            MailKind::FactorEnrolled,
            MailKind::FactorRemoved,
            MailKind::FactorsReset,
            MailKind::FactorsResetByOperator,
            MailKind::FactorsAndPasswordReset,
            MailKind::RecoveryCodesCreated,
            MailKind::SignInsRefused,
            MailKind::SecondFactorsRefused,
            MailKind::RecoveryCodeUsed,
        ] {
            assert!(!written("ada@example.org", kind, "https://app.example.com").contains("token"));
        }
    }

    #[test]
    fn a_mail_that_confirms_an_address_warns_a_reader_who_did_not_enter_it() {
        let links = Links { base: "https://app.example.com".to_owned() };
        let Content { text, html, .. } = Content::render(MailKind::VerifyEmail, &links, TOKEN).unwrap();
        for part in [text, html] {
            let words = part.split_whitespace().collect::<Vec<_>>().join(" ");
            for warning in ["If that was not you, do not confirm the address.", "request a new password"] {
                assert!(words.contains(warning), "{words}");
            }
        }
    }

    #[test]
    fn an_internationalised_domain_is_written_in_ascii() {
        let mail = written("ada@münchen.de", MailKind::VerifyEmail, "https://app.example.com");
        assert!(mail.contains("\r\nTo: ada@xn--mnchen-3ya.de\r\n"), "{mail}");
    }

    #[test]
    fn lines_of_the_text_are_short_unless_a_url_is_long() {
        for &kind in MailKind::ALL {
            let links = Links { base: "https://id.example.com".to_owned() };
            for line in Content::render(kind, &links, TOKEN).unwrap().text.lines() {
                assert!(line.len() <= 76 || line.starts_with("https://"), "{kind:?}: {line}");
            }
        }
    }

    #[test]
    fn a_url_is_escaped_in_the_html_part_and_only_there() {
        for &kind in MailKind::ALL {
            let content = Content::render(kind, &Links { base: "https://app.example.com/a&b'\"<i>".to_owned() }, TOKEN);
            let Content { text, html, .. } = content.unwrap();
            assert!(text.contains("https://app.example.com/a&b'\"<i>"), "{text}");
            assert!(html.contains("https://app.example.com/a&#38;b&#39;&#34;&#60;i&#62;"), "{html}");
            assert!(!html.contains("<i>") && !html.contains("a&b"), "{html}");
        }
        let mail = written("ada@example.org", MailKind::VerifyEmail, "https://app.example.com/a&b");
        assert!(mail.contains(&format!("href=\"https://app.example.com/a&#38;b/verify-email#token={TOKEN}\"")));
    }

    #[test]
    fn a_url_that_is_not_ascii_or_too_long_for_a_line_is_encoded() {
        for base in ["https://app.example.com/ü", &format!("https://app.example.com/{}", "a".repeat(1000))] {
            let mail = written("ada@example.org", MailKind::VerifyEmail, base);
            assert!(mail.contains("Content-Transfer-Encoding: quoted-printable"), "{mail}");
            assert!(mail.is_ascii() && mail.lines().all(|line| line.len() <= MAX_LINE_LENGTH), "{mail}");
        }
    }
}

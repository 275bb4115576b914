//! What mails say, and how they are written down: RFC 5322, with a text and an HTML part (RFC 2046 §5.1.4).

use chrono::{DateTime, Utc};
use lettre::{
    Address, Message,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use std::fmt::Write as _;
use usher_domain::{EmailAddress, MailKind};
use uuid::Uuid;

/// Longest line of a part that is sent as it is (RFC 5322 §2.1.1).
const LONGEST_LINE: usize = 998;

/// Who mails are from: an address, or a name with an address in angle brackets.
#[derive(Debug, Clone)]
pub struct Author(Mailbox);

impl Author {
    /// Where the settings name none, which is good for files only: the domain cannot exist (RFC 2606 §2).
    pub fn nobody() -> Self {
        Self(Mailbox::new(None, Address::new_dangerous("usher", "usher.invalid")))
    }

    /// The domain of the address, in ASCII.
    pub(crate) fn domain(&self) -> Option<String> {
        ascii_domain(self.0.email.domain()).ok()
    }
}

impl std::str::FromStr for Author {
    type Err = String;

    /// The domain is kept in its ASCII form (RFC 5891), which all mail servers take.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "must be an address, or a name and an address such as `Example <mail@example.com>`".to_owned();
        let mailbox = text.parse::<Mailbox>().map_err(|_| wrong())?;
        let domain = ascii_domain(mailbox.email.domain()).map_err(|_| wrong())?;
        let address = Address::new(mailbox.email.user(), domain).map_err(|_| wrong())?;
        if !address.user().is_ascii() {
            return Err("must have nothing but ASCII characters before the @".to_owned());
        }
        Ok(Self(Mailbox::new(mailbox.name, address)))
    }
}

/// Where mailed links lead.
#[derive(Debug, Clone)]
pub struct Links {
    /// The start of every link, without a slash at the end: the application, or the service's own pages.
    pub base: String,
}

impl Links {
    /// A link whose token no server sees, nor a log of one: it stands in the fragment.
    fn link(&self, page: &str, token: &str) -> String {
        format!("{}/{page}#token={token}", self.base)
    }
}

/// What stands between the greeting and the end.
struct Letter {
    subject: &'static str,
    before: String,
    /// What to press, and where it leads.
    link: Option<(&'static str, String)>,
    after: &'static str,
}

const NOT_YOU: &str = "If this was not you, ask for a new password at once: somebody may know yours.";

impl Letter {
    fn new(kind: MailKind, links: &Links, token: &str) -> Self {
        let site = &links.base;
        let verify = |label| Some((label, links.link("verify-email", token)));
        let choose = |label| Some((label, links.link("reset-password", token)));
        let (subject, before, link, after) = match kind {
            MailKind::VerifyEmail => (
                "Confirm your e-mail address",
                format!(
                    "This address was given for an account at {site}. If you have just done that yourself, confirm the \
                     address:"
                ),
                verify("Confirm address"),
                "The link works once, within 24 hours. If it was not you, do not confirm: the account is somebody else's, \
                 who knows its password. Do nothing, and the address stays unconfirmed. Or ask for a new password for this \
                 address: that makes the account yours and signs everybody else out.",
            ),
            MailKind::ResetPassword => (
                "Choose a new password",
                format!("Somebody asked for a new password for your account at {site}. Choose it here:"),
                choose("Choose a new password"),
                "The link works once, within an hour. If you did not ask for it, do nothing: your password stays as it is.",
            ),
            MailKind::Invitation => (
                "Choose a password for your account",
                format!("An account was made for you at {site}. Choose a password to use it:"),
                choose("Choose a password"),
                "The link works once, within 24 hours. After that, ask for a new password.",
            ),
            MailKind::PasswordChanged => (
                "Your password was changed",
                format!("The password of your account at {site} was changed."),
                None,
                NOT_YOU,
            ),
            MailKind::EmailChanging => (
                "Your e-mail address is about to change",
                format!(
                    "Another e-mail address was given for your account at {site}. It takes the place of this one as soon \
                     as it is confirmed."
                ),
                None,
                NOT_YOU,
            ),
            MailKind::EmailChanged => (
                "Your e-mail address was changed",
                format!("Your account at {site} has another e-mail address now. No more mail will come here."),
                None,
                "If you know nothing of this, turn to whoever runs the site.",
            ),
            MailKind::SignInsRefused => (
                "Many attempts to sign in were refused",
                format!(
                    "Somebody tried many passwords for your account at {site}. None of them was yours, and further \
                     attempts have to wait."
                ),
                None,
                "If it was you, ask for a new password. If not, there is nothing to do: your account is safe as long as \
                 nobody else knows your password.",
            ),
        };
        Self { subject, before, link, after }
    }

    fn text(&self) -> String {
        let link = self.link.as_ref().map_or_else(String::new, |(_, url)| format!("{url}\n\n"));
        format!("Hello,\n\n{}\n\n{link}{}\n", wrapped(&self.before), wrapped(self.after))
    }

    /// No image, no script, nothing that is fetched: it shows the same wherever it is opened.
    fn html(&self) -> String {
        let paragraph = |text: &str| format!("<p style=\"margin: 0 0 16px\">{}</p>\n", escaped(text));
        let mut body = paragraph("Hello,") + &paragraph(&self.before);
        if let Some((label, url)) = &self.link {
            let (label, url) = (escaped(label), escaped(url));
            // Writing to a string cannot fail.
            let _ = write!(
                body,
                "<p style=\"margin: 0 0 16px\">\n<a href=\"{url}\" style=\"display: inline-block; padding: 10px 18px; \
                 border-radius: 6px;\nbackground: #1d4ed8; color: #ffffff; text-decoration: none; font-weight: \
                 600\">{label}</a>\n</p>\n<p style=\"margin: 0 0 16px; font-size: 13px; color: #4b5563\">Or open this \
                 address:<br>\n<a href=\"{url}\"\nstyle=\"color: #1d4ed8; word-break: break-all\">{url}</a></p>\n"
            );
        }
        body += &paragraph(self.after);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n<body \
             style=\"margin: 0; padding: 24px; background: #f3f4f6\">\n<div style=\"max-width: 480px; margin: 0 auto; \
             padding: 24px; background: #ffffff; border-radius: 8px;\nfont: 16px/1.5 system-ui, sans-serif; color: \
             #111827\">\n{body}</div>\n</body>\n</html>\n",
            escaped(self.subject)
        )
    }
}

/// Broken at spaces after at most 76 characters, where there are some.
fn wrapped(text: &str) -> String {
    let (mut out, mut width) = (String::new(), 0);
    for word in text.split(' ') {
        if width > 0 && width + 1 + word.len() > 76 {
            out.push('\n');
            width = 0;
        } else if width > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += word.len();
    }
    out
}

/// Text as HTML, in an attribute too.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A mail as it goes out. `id` is that of its row in the outbox: a second copy carries the same `Message-ID`.
pub(crate) fn message(
    from: &Author,
    to: &EmailAddress,
    kind: MailKind,
    links: &Links,
    token: &str,
    (id, at): (Uuid, DateTime<Utc>),
) -> Result<Message, String> {
    let letter = Letter::new(kind, links, token);
    let Author(from) = from;
    let message_id = format!("<{id}@{}>", ascii_domain(from.email.domain())?);
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, address(to)?))
        .subject(letter.subject)
        .message_id(Some(message_id))
        .date(at.into())
        .multipart(
            MultiPart::alternative()
                .singlepart(part(ContentType::TEXT_PLAIN, letter.text()))
                .singlepart(part(ContentType::TEXT_HTML, letter.html())),
        )
        .map_err(|error| error.to_string())?;
    // Nobody's holiday notice shall answer (RFC 3834 §5).
    let name = HeaderName::new_from_ascii_str("Auto-Submitted");
    message.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
    Ok(message)
}

/// Our texts are ASCII with short lines, so they travel as they are: a link is not broken, not even for whoever reads the
/// mail without decoding it. Only the operator's own URL could make it otherwise.
fn part(kind: ContentType, text: String) -> SinglePart {
    let plain = text.is_ascii() && text.lines().all(|line| line.len() <= LONGEST_LINE);
    let body = if plain {
        let lines = text.replace('\n', "\r\n").into_bytes();
        Body::dangerous_pre_encoded(lines, ContentTransferEncoding::SevenBit)
    } else {
        Body::new(text)
    };
    SinglePart::builder().header(kind).body(body)
}

/// The address as mail servers know it: an internationalised domain in its ASCII form (RFC 5891), which all of them take.
fn address(to: &EmailAddress) -> Result<Address, String> {
    let (local, domain) = to.as_str().rsplit_once('@').ok_or("is no address")?;
    Address::new(local, ascii_domain(domain)?).map_err(|error| error.to_string())
}

fn ascii_domain(domain: &str) -> Result<String, String> {
    idna::domain_to_ascii(domain).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn written(to: &str, kind: MailKind, base: &str) -> String {
        let from = "Example <mail@example.com>".parse().unwrap();
        let links = Links { base: base.to_owned() };
        let to = EmailAddress::stored(to.to_owned());
        let message = message(&from, &to, kind, &links, TOKEN, (Uuid::nil(), DateTime::UNIX_EPOCH)).unwrap();
        String::from_utf8(message.formatted()).unwrap()
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
    fn a_link_stands_unbroken_in_both_parts() {
        let link = format!("https://app.example.com/a/rather/long/path/before/it/reset-password#token={TOKEN}");
        for kind in [MailKind::ResetPassword, MailKind::Invitation] {
            let mail = written("ada@example.org", kind, "https://app.example.com/a/rather/long/path/before/it");
            assert!(mail.contains(&format!("\r\n{link}\r\n")), "{mail}");
            assert!(mail.contains(&format!("href=\"{link}\"")), "{mail}");
            assert!(!mail.contains("quoted-printable"), "{mail}");
        }
    }

    #[test]
    fn a_notice_brings_no_token() {
        for kind in
            [MailKind::PasswordChanged, MailKind::EmailChanging, MailKind::EmailChanged, MailKind::SignInsRefused]
        {
            assert!(!written("ada@example.org", kind, "https://app.example.com").contains("token"));
        }
    }

    #[test]
    fn an_internationalised_domain_is_written_in_ascii() {
        let mail = written("ada@münchen.de", MailKind::VerifyEmail, "https://app.example.com");
        assert!(mail.contains("\r\nTo: ada@xn--mnchen-3ya.de\r\n"), "{mail}");
    }

    #[test]
    fn a_sender_with_an_internationalised_domain_is_written_in_ascii() {
        let author: Author = "Büro <no-reply@münchen.de>".parse().unwrap();
        assert_eq!(author.0.email.to_string(), "no-reply@xn--mnchen-3ya.de");
        assert_eq!(author.domain().as_deref(), Some("xn--mnchen-3ya.de"));
        for text in ["jörg@example.com", "bad", "Example <mail@>", "mail@exa mple.com"] {
            assert!(text.parse::<Author>().is_err(), "{text}");
        }
    }

    #[test]
    fn lines_are_broken_at_spaces_and_words_never() {
        let long = "w".repeat(90);
        assert_eq!(wrapped(&format!("{long} {long}")), format!("{long}\n{long}"));
        assert!(wrapped(&"word ".repeat(40)).lines().all(|line| line.len() <= 76));
    }

    #[test]
    fn a_url_with_an_ampersand_is_html_in_the_html_part() {
        let mail = written("ada@example.org", MailKind::VerifyEmail, "https://app.example.com/a&b");
        assert!(mail.contains(&format!("href=\"https://app.example.com/a&amp;b/verify-email#token={TOKEN}\"")));
    }
}

//! The property of mails that the fuzzer (`fuzz/`) tries to break. The tests repeat the inputs in `fuzz/corpus`.

#![allow(clippy::missing_panics_doc, reason = "a broken property panics")]

use crate::{Links, Sender, message::Email};
use chrono::DateTime;
use usher_domain::{EmailAddress, MailKind, checked};
use uuid::Uuid;

/// A mail can be written for each valid address. It is sent to that address only, and its text does not depend on it.
pub fn mail_messages(data: &[u8]) {
    let Ok(raw) = str::from_utf8(data) else { return };
    let Ok(to) = checked::<EmailAddress>(raw) else { return };
    let links = Links { base: "https://id.example.com".to_owned() };
    let written = |to: &EmailAddress| {
        let email = Email {
            id: Uuid::nil(),
            kind: MailKind::VerifyEmail,
            sender: &Sender::placeholder(),
            recipient: to,
            links: &links,
            token: "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            date: DateTime::UNIX_EPOCH,
        };
        let message = email.message().unwrap_or_else(|error| panic!("no mail can be sent to {to:?}: {error}"));
        let [receiver] = message.envelope().to() else { panic!("mail for {to:?} goes to {:?}", message.envelope()) };
        let (receiver, text) = (receiver.to_string(), message.formatted());
        (receiver, String::from_utf8(text).unwrap_or_else(|error| panic!("{error}")))
    };
    let (receiver, mail) = written(&to);
    assert!(receiver.len() <= 254 && receiver.bytes().all(|byte| byte.is_ascii_graphic()), "{receiver:?}");
    let local = |address: &str| address.rsplit_once('@').map(|(local, _)| local.to_owned());
    assert_eq!(local(&receiver), local(to.as_str()));

    // Apart from the address and the boundary between the parts, all recipients get the same mail.
    let head = |mail: &str| mail.split_once("\r\n\r\n").map(|(head, _)| head.to_owned()).unwrap_or_default();
    let names = |head: &str| -> Vec<String> {
        let names = head.split("\r\n").filter(|line| !line.starts_with(' ')).filter_map(|line| line.split_once(": "));
        names.map(|(name, _)| name.to_owned()).collect()
    };
    let other = written(&EmailAddress::stored("ada@example.com".to_owned())).1;
    assert_eq!(names(&head(&mail)), names(&head(&other)), "{mail}");
    let unfolded = head(&mail).replace("\r\n ", " ");
    let to_field = unfolded.split("\r\n").find_map(|line| line.strip_prefix("To: "));
    assert_eq!(to_field.map(|field| field.replace(' ', "")), Some(receiver.clone()), "{mail}");
    let bodies = [&mail, &other].map(|mail| mail.matches("https://id.example.com").count());
    assert!(bodies[0] == bodies[1] && !body(&mail).contains(&receiver), "{mail}");
}

fn body(mail: &str) -> &str {
    mail.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_properties_hold_for_the_corpus() {
        usher_fuzz_corpus::replay("mail_messages", super::mail_messages);
    }
}

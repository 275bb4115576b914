//! What holds of every address that a stranger has mail sent to, for the fuzzer (`fuzz/`) to break. `fuzz/corpus` keeps
//! what once led somewhere new, and the tests go through it again.

#![allow(clippy::missing_panics_doc, reason = "a broken property is told by a panic")]

use crate::letter::{Author, Links, message};
use chrono::DateTime;
use usher_domain::{EmailAddress, MailKind, checked};
use uuid::Uuid;

/// Whatever address is accepted, mail for it can be written, goes to it alone, and says nothing but what we say.
pub fn letters(data: &[u8]) {
    let Ok(raw) = str::from_utf8(data) else { return };
    let Ok(to) = checked::<EmailAddress>(raw) else { return };
    let links = Links { base: "https://id.example.com".to_owned() };
    let written = |to: &EmailAddress| {
        let token = "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let at = (Uuid::nil(), DateTime::UNIX_EPOCH);
        let message = message(&Author::nobody(), to, MailKind::VerifyEmail, &links, token, at);
        let message = message.unwrap_or_else(|error| panic!("no mail can be sent to {to:?}: {error}"));
        let [receiver] = message.envelope().to() else { panic!("mail for {to:?} goes to {:?}", message.envelope()) };
        let (receiver, text) = (receiver.to_string(), message.formatted());
        (receiver, String::from_utf8(text).unwrap_or_else(|error| panic!("{error}")))
    };
    let (receiver, mail) = written(&to);
    assert!(receiver.len() <= 254 && receiver.bytes().all(|byte| byte.is_ascii_graphic()), "{receiver:?}");
    let local = |address: &str| address.rsplit_once('@').map(|(local, _)| local.to_owned());
    assert_eq!(local(&receiver), local(to.as_str()));

    // But for the line that names the address, and what parts it from the next part, it is the mail that anybody gets.
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
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    #[test]
    fn what_the_fuzzer_once_found_holds() {
        super::replay::replay("letters", super::letters);
    }
}

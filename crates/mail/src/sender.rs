//! The sender of all mails.

use lettre::{Address, message::Mailbox};

/// The sender of all mails: an address, or a name with an address in angle brackets.
#[derive(Debug, Clone)]
pub struct Sender(Mailbox);

impl Sender {
    /// The sender if the settings name none. The domain cannot exist (RFC 2606 §2), so it is for files only.
    pub fn placeholder() -> Self {
        Self(Mailbox::new(None, Address::new_dangerous("usher", "usher.invalid")))
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.0
    }

    /// The domain of the address, in ASCII.
    pub(crate) fn domain(&self) -> Result<String, idna::Errors> {
        idna::domain_to_ascii(self.0.email.domain())
    }
}

impl std::str::FromStr for Sender {
    type Err = String;

    /// Converts the domain to ASCII (RFC 5891), which all mail servers accept.
    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || "must be an address, or a name and an address such as `Example <mail@example.com>`".to_owned();
        let mailbox = text.parse::<Mailbox>().map_err(|_| invalid())?;
        let domain = idna::domain_to_ascii(mailbox.email.domain()).map_err(|_| invalid())?;
        let address = Address::new(mailbox.email.user(), domain).map_err(|_| invalid())?;
        if !address.user().is_ascii() {
            return Err("must have only ASCII characters before the @".to_owned());
        }
        Ok(Self(Mailbox::new(mailbox.name, address)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_with_an_internationalised_domain_is_written_in_ascii() {
        let sender: Sender = "Büro <no-reply@münchen.de>".parse().unwrap();
        assert_eq!(sender.0.email.to_string(), "no-reply@xn--mnchen-3ya.de");
        assert_eq!(sender.domain().unwrap(), "xn--mnchen-3ya.de");
        for text in ["jörg@example.com", "bad", "Example <mail@>", "mail@exa mple.com"] {
            assert!(text.parse::<Sender>().is_err(), "{text}");
        }
    }
}

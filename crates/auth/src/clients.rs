//! Services that may introspect tokens, and their credentials (HTTP Basic, RFC 7617).

use crate::opaque::sha256;
use aws_lc_rs::constant_time;
use base64::{Engine, prelude::BASE64_STANDARD};
use std::fmt;

/// Minimum length of a secret, in characters.
pub const MIN_SECRET_CHARS: usize = 16;

/// The services that have a credential, by id, with the digest of the secret.
#[derive(Clone, Default)]
pub struct Clients {
    credentials: Vec<(String, [u8; 32])>,
}

/// Why a list of credentials is invalid. It shows no part of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientsError {
    /// The entry with this number, counted from 1, is not an id, a colon and a secret.
    #[error("entry {0} must be an id, a colon and a secret")]
    NotAPair(usize),
    /// The secret of this id has fewer than [`MIN_SECRET_CHARS`] characters.
    #[error("the secret of {0} must have at least {MIN_SECRET_CHARS} characters")]
    ShortSecret(String),
}

impl Clients {
    /// Parses `id:secret` pairs separated by commas or white space. An id may occur twice while its secret is being replaced.
    pub fn parse(text: &str) -> Result<Self, ClientsError> {
        let mut credentials = Vec::new();
        let pairs = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|pair| !pair.is_empty());
        for (n, pair) in pairs.enumerate() {
            let (id, secret) =
                pair.split_once(':').filter(|(id, _)| !id.is_empty()).ok_or(ClientsError::NotAPair(n + 1))?;
            if secret.chars().count() < MIN_SECRET_CHARS {
                return Err(ClientsError::ShortSecret(id.to_owned()));
            }
            credentials.push((id.to_owned(), sha256(secret.as_bytes())));
        }
        Ok(Self { credentials })
    }

    /// The id of the service with these credentials: the part after `Basic ` in the header.
    pub fn authenticate(&self, credentials: &str) -> Option<&str> {
        let bytes = BASE64_STANDARD.decode(credentials.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (id, secret) = text.split_once(':')?;
        // As is, and form-encoded, as RFC 6749 §2.3.1 demands.
        self.find(id, secret).or_else(|| self.find(&form_decoded(id)?, &form_decoded(secret)?))
    }

    fn find(&self, id: &str, secret: &str) -> Option<&str> {
        let digest = sha256(secret.as_bytes());
        let mut found = None;
        for (known_id, stored) in &self.credentials {
            let matches = constant_time::verify_slices_are_equal(stored, &digest).is_ok();
            if known_id == id && matches {
                found = Some(known_id.as_str());
            }
        }
        found
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.credentials.iter().map(|(id, _)| id)).finish()
    }
}

/// Decodes `application/x-www-form-urlencoded`; `None` if it is malformed.
fn form_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (char::from(rest.next()?).to_digit(16)?, char::from(rest.next()?).to_digit(16)?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn basic(text: &str) -> String {
        BASE64_STANDARD.encode(text)
    }

    #[test]
    fn a_service_authenticates_with_its_secret_only() {
        let clients = Clients::parse("billing:0123456789abcdef+/=,\nmail:another-long-secret").unwrap();
        assert_eq!(clients.authenticate(&basic("billing:0123456789abcdef+/=")), Some("billing"));
        assert_eq!(clients.authenticate(&basic("billing:0123456789abcdef%2B%2F%3D")), Some("billing"));
        assert_eq!(clients.authenticate(&basic("mail:another-long-secret")), Some("mail"));
        for wrong in
            ["mail:0123456789abcdef+/=", "mail:", "mail", ":another-long-secret", "", "mail:another-long-secret "]
        {
            assert_eq!(clients.authenticate(&basic(wrong)), None, "{wrong}");
        }
        assert_eq!(clients.authenticate("not base64"), None);
        assert_eq!(Clients::default().authenticate(&basic("mail:another-long-secret")), None);
    }

    #[test]
    fn a_secret_can_be_replaced_while_both_are_valid() {
        let clients = Clients::parse("mail:the-earlier-secret mail:the-later-one-of-two").unwrap();
        for secret in ["the-earlier-secret", "the-later-one-of-two"] {
            assert_eq!(clients.authenticate(&basic(&format!("mail:{secret}"))), Some("mail"));
        }
    }

    #[test]
    fn the_error_for_a_bad_list_shows_no_secret() {
        assert_eq!(Clients::parse("a:0123456789abcdef,nonsense").unwrap_err(), ClientsError::NotAPair(2));
        assert_eq!(Clients::parse(":0123456789abcdef").unwrap_err(), ClientsError::NotAPair(1));
        assert_eq!(Clients::parse("mail:short").unwrap_err(), ClientsError::ShortSecret("mail".to_owned()));
        assert!(!format!("{:?}", Clients::parse("mail:0123456789abcdef").unwrap()).contains("0123"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let clients = Clients::parse("mail:0123456789abcdef").unwrap();
            prop_assert_eq!(clients.authenticate(&text), None);
            prop_assert_eq!(clients.authenticate(&basic(&text)), None);
        }
    }
}

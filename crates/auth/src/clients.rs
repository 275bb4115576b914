//! Services that may ask about tokens, and the secrets that prove who they are (HTTP Basic, RFC 7617).

use crate::opaque::sha256;
use aws_lc_rs::constant_time;
use base64::{Engine, prelude::BASE64_STANDARD};
use std::fmt;

/// Fewest characters of a secret.
pub const MIN_SECRET: usize = 16;

/// The services that have a credential. Their secrets are kept as digests.
#[derive(Clone, Default)]
pub struct Clients {
    known: Vec<(String, [u8; 32])>,
}

/// Why a list of services is none. It shows no part of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientsError {
    /// The entry of this number, counted from 1, is not an id, a colon and a secret.
    NotAPair(usize),
    /// The secret of this id has fewer than [`MIN_SECRET`] characters.
    ShortSecret(String),
}

impl fmt::Display for ClientsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPair(n) => write!(f, "entry {n} must be an id, a colon and a secret"),
            Self::ShortSecret(id) => write!(f, "the secret of {id} must have at least {MIN_SECRET} characters"),
        }
    }
}

impl std::error::Error for ClientsError {}

impl Clients {
    /// Reads `id:secret` pairs with commas or white space between them. An id may stand there twice, while its secret is
    /// being replaced.
    pub fn parse(text: &str) -> Result<Self, ClientsError> {
        let mut known = Vec::new();
        let pairs = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|pair| !pair.is_empty());
        for (n, pair) in pairs.enumerate() {
            let (id, secret) =
                pair.split_once(':').filter(|(id, _)| !id.is_empty()).ok_or(ClientsError::NotAPair(n + 1))?;
            if secret.chars().count() < MIN_SECRET {
                return Err(ClientsError::ShortSecret(id.to_owned()));
            }
            known.push((id.to_owned(), sha256(secret.as_bytes())));
        }
        Ok(Self { known })
    }

    /// The id of the service that these credentials are of: what follows `Basic ` in the header.
    pub fn authenticate(&self, credentials: &str) -> Option<&str> {
        let bytes = BASE64_STANDARD.decode(credentials.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (id, secret) = text.split_once(':')?;
        // As it is, and as clients send it who go by the letter of RFC 6749 §2.3.1.
        self.find(id, secret).or_else(|| self.find(&form_decoded(id)?, &form_decoded(secret)?))
    }

    fn find(&self, id: &str, secret: &str) -> Option<&str> {
        let digest = sha256(secret.as_bytes());
        let mut found = None;
        for (known, kept) in &self.known {
            let matches = constant_time::verify_slices_are_equal(kept, &digest).is_ok();
            if known == id && matches {
                found = Some(known.as_str());
            }
        }
        found
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.known.iter().map(|(id, _)| id)).finish()
    }
}

/// Undoes `application/x-www-form-urlencoded`; `None` where it is not well-formed.
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
    fn a_service_is_known_by_its_secret_and_nobody_by_anything_else() {
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
    fn a_secret_can_be_replaced_while_both_are_good() {
        let clients = Clients::parse("mail:the-earlier-secret mail:the-later-one-of-two").unwrap();
        for secret in ["the-earlier-secret", "the-later-one-of-two"] {
            assert_eq!(clients.authenticate(&basic(&format!("mail:{secret}"))), Some("mail"));
        }
    }

    #[test]
    fn what_is_no_list_of_pairs_is_named_without_its_secret() {
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

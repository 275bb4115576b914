//! E-mail addresses.

#[cfg(test)]
mod tests;

use crate::fold::{fold, is_invisible, nfkc, trim};
use crate::{Fault, Rule, Text};
use unicode_normalization::char::is_combining_mark;
use validator::{ValidateEmail as _, ValidateLength as _};

/// Maximum number of bytes of an address, as sent and as stored (RFC 5321 §4.5.3.1.3, without the angle brackets).
const MAX_BYTES: usize = 254;

/// An address that mail can be sent to: `local@domain`, with a dot in the domain, without the quoted local parts and
/// address literals of RFC 5321 §4.1.2, and without comments. It begins with a letter or digit, so that a spreadsheet does
/// not take it for a formula. The domain may be internationalised.
///
/// Stored in NFKC, otherwise as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The address as stored, shown and mailed to.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An address from the database, which was parsed before it was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The key by which addresses are compared: two users cannot have the same. The case of the local part is ignored,
    /// although RFC 5321 makes it significant: people and large mail services ignore it too. The domain is in its Unicode
    /// form, however it was spelled.
    pub fn key(&self) -> String {
        key(&self.0)
    }

    /// The key with which to look up an address as typed, which need not be valid.
    pub fn typed_key(raw: &str) -> String {
        key(&nfkc(trim(raw)))
    }

    /// Whether both are spellings of one mailbox: the same local part, in the same case, at the same domain.
    pub fn is_same_mailbox(&self, other: &Self) -> bool {
        self == other || (local_part(&self.0) == local_part(&other.0) && self.key() == other.key())
    }
}

fn local_part(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(local, _)| local)
}

fn key(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}@{}", fold(local), canonical(domain)),
        None => fold(address),
    }
}

/// The canonical spelling of a domain, by IDNA 2008 (UTS #46, non-transitional): in Unicode, because people search for it,
/// and in lower case. Case folding would be too coarse: `straße.de` and `strasse.de` are two domains.
fn canonical(domain: &str) -> String {
    if domain.is_ascii() && !domain.to_ascii_lowercase().contains("xn--") {
        return domain.to_ascii_lowercase();
    }
    let Ok(ascii) = idna::domain_to_ascii(domain) else { return fold(domain) };
    let (unicode, valid) = idna::domain_to_unicode(&ascii);
    let round_trips = valid.is_ok() && idna::domain_to_ascii(&unicode).is_ok_and(|again| again == ascii);
    if round_trips { unicode } else { ascii }
}

/// The form in which to search keys for a part of an address, if it differs from the folding: the domain, or what may be a
/// part of one, is spelled as in [`EmailAddress::key`].
pub(crate) fn search_key(text: &str) -> Option<String> {
    let is_plain = text.is_ascii() && !text.to_ascii_lowercase().contains("xn--");
    // No key has an invisible character, so a search for one must find nothing, not the text around it.
    if is_plain || text.chars().any(is_invisible) {
        return None;
    }
    let (local, domain) = text.rsplit_once('@').map_or((None, text), |(local, domain)| (Some(local), domain));
    let (unicode, valid) = idna::domain_to_unicode(domain);
    let domain = if valid.is_ok() { unicode } else { nfkc(domain).chars().flat_map(char::to_lowercase).collect() };
    let part = local.map_or_else(|| domain.clone(), |local| format!("{}@{domain}", fold(local)));
    (!part.is_empty() && part != fold(text)).then_some(part)
}

impl Text for EmailAddress {
    const RULE: Rule = Rule {
        name: None,
        format: Some("email"),
        // A letter or digit, the characters of a local part, an @, and the characters of a domain with a dot among them. A
        // pattern cannot express what NFKC does to characters beyond ASCII (some become an @ or a dot), so it accepts them
        // everywhere. It has no escape whose meaning depends on a flag.
        pattern: Some(concat!(
            r"^[^\x00-\x2F\x3A-\x40\x5B-\x60\x7B-\x7F]",
            r"[^\x00-\x20\x22\x28\x29\x2C\x3A-\x3C\x3E\x40\x5B-\x5D\x7F]*",
            r"[^\x00-\x3F\x41-\x7F]",
            r"[^\x00-\x2C\x2F\x3A-\x40\x5B-\x60\x7B-\x7F]+",
            r"[^\x00-\x2D\x2F-\x7F]",
            r"[^\x00-\x2C\x2F\x3A-\x40\x5B-\x60\x7B-\x7F]+$",
        )),
        ..Rule::free(3, MAX_BYTES, "ada@example.com")
    };

    fn trimmed(raw: &str) -> &str {
        trim(raw)
    }

    fn parse(raw: &str) -> Result<Self, Fault> {
        if raw.chars().any(is_invisible) {
            return Err(Fault::new("invisible_character", "must not contain control or invisible characters"));
        }
        let address = nfkc(raw);
        if !fits(raw) || !fits(&address) {
            return Err(Fault::new("too_long", format!("must have at most {MAX_BYTES} bytes of UTF-8")));
        }
        if !address.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            return Err(Fault::new("bad_start", "must begin with a letter or a digit (a to z, 0 to 9)"));
        }
        let Some((local, domain)) = address.split_once('@') else {
            return Err(Fault::new("bad_email", "must be an e-mail address, such as ada@example.com"));
        };
        check_domain(domain)?;
        // Mail servers use the ASCII form of the domain (RFC 5891), which not every text has.
        let mailed = idna::domain_to_ascii(domain).map(|domain| format!("{local}@{domain}"));
        let can_be_mailed = mailed.is_ok_and(|mailed| fits(&mailed) && mailed.validate_email());
        if local.split('.').any(str::is_empty) || !can_be_mailed {
            return Err(Fault::new("bad_email", "must be an e-mail address, such as ada@example.com"));
        }
        Ok(Self(address))
    }
}

/// Whether the text is no longer than an address may be, in bytes.
fn fits(address: &str) -> bool {
    address.as_bytes().validate_length(None, Some(MAX_BYTES as u64), None)
}

/// Requires two or more labels of letters, digits and hyphens. `validate_email` checks the other rules of labels.
fn check_domain(domain: &str) -> Result<(), Fault> {
    let is_allowed = |character: char| character.is_alphanumeric() || is_combining_mark(character) || character == '-';
    let well_formed = domain.split('.').all(|label| !label.is_empty() && label.chars().all(is_allowed));
    let last = domain.rsplit_once('.').map(|(_, last)| last);
    // A name whose last label is a number is read as an IPv4 address (WHATWG URL §3.5).
    match last {
        Some(last) if well_formed && !last.chars().all(|character| character.is_ascii_digit()) => Ok(()),
        _ => Err(Fault::new("bad_domain", "must have a domain name after the @, such as example.com")),
    }
}

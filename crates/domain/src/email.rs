//! E-mail addresses.

use crate::fold::{fold, is_invisible, nfkc, trim};
use crate::{Fault, Rule, Text};
use unicode_normalization::char::is_combining_mark;
use validator::{ValidateEmail as _, ValidateLength as _};

/// Maximum number of bytes of an address, as sent and as stored (RFC 5321 §4.5.3.1.3, without the angle brackets).
const MAX_BYTES: usize = 254;

/// An address that mail can be sent to: `local@domain`, with a dot in the domain, without the quoted local parts and address literals of
/// RFC 5321 §4.1.2, and without comments. It begins with a letter or digit, so that a spreadsheet does not take it for a formula. The
/// domain may be internationalised.
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

    /// The key by which addresses are compared: two users cannot have the same. The case of the local part is ignored, although RFC 5321
    /// makes it significant: people and large mail services ignore it too. The domain is in its Unicode form, however it was spelled.
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

/// The canonical spelling of a domain, by IDNA 2008 (UTS #46, non-transitional): in Unicode, because people search for it, and in lower
/// case. Case folding would be too coarse: `straße.de` and `strasse.de` are two domains.
fn canonical(domain: &str) -> String {
    if domain.is_ascii() && !domain.to_ascii_lowercase().contains("xn--") {
        return domain.to_ascii_lowercase();
    }
    let Ok(ascii) = idna::domain_to_ascii(domain) else { return fold(domain) };
    let (unicode, valid) = idna::domain_to_unicode(&ascii);
    let round_trips = valid.is_ok() && idna::domain_to_ascii(&unicode).is_ok_and(|again| again == ascii);
    if round_trips { unicode } else { ascii }
}

/// The form in which to search keys for a part of an address, if it differs from the folding: the domain, or what may be a part of
/// one, is spelled as in [`EmailAddress::key`].
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
        // A letter or digit, the characters of a local part, an @, and the characters of a domain with a dot among them. A pattern
        // cannot express what NFKC does to characters beyond ASCII (some become an @ or a dot), so it accepts them everywhere. It
        // has no escape whose meaning depends on a flag.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked;
    use proptest::prelude::*;

    fn parsed(raw: &str) -> String {
        match checked::<EmailAddress>(raw) {
            Ok(address) => address.as_str().to_owned(),
            Err(fault) => panic!("{raw:?} is refused: {fault:?}"),
        }
    }

    fn refused(raw: &str) -> &'static str {
        match checked::<EmailAddress>(raw) {
            Ok(address) => panic!("{raw:?} is taken as {address:?}"),
            Err(fault) => fault.code,
        }
    }

    #[test]
    fn common_addresses_are_stored_as_sent() {
        for address in [
            "ada@example.com",
            "Ada.Lovelace+usher@Mail.Example.co.uk",
            "0@1.io",
            "a!#$%&'*+/=?^_`{|}~-b@example.com",
            "ada@xn--mnchen-3ya.de",
            "ada@münchen.de",
            "ada@例え.jp",
            "ada@उदाहरण.भारत",
            "ada@123.example",
        ] {
            assert_eq!(parsed(address), nfkc(address));
        }
    }

    #[test]
    fn an_address_is_stored_in_nfkc_and_compared_without_regard_to_case() {
        assert_eq!(parsed("ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ"), "ada@example.com");
        let key = |raw| EmailAddress::parse(raw).unwrap().key();
        assert_eq!(key("Ada@Example.COM"), "ada@example.com");
        assert_eq!(key("ada@MÜNCHEN.de"), key("ada@mu\u{308}nchen.de"));
    }

    #[test]
    fn two_spellings_of_a_domain_are_one_address_and_two_domains_are_two() {
        let key = |raw| checked::<EmailAddress>(raw).unwrap().key();
        for (one, other) in [
            ("ada@münchen.de", "Ada@XN--MNCHEN-3YA.de"),
            ("a@büro.xn--mnchen-3ya.de", "a@xn--bro-hoa.münchen.de"),
            ("a@büro.münchen.de", "a@xn--bro-hoa.xn--mnchen-3ya.de"),
            ("bo@straße.de", "bo@xn--strae-oqa.de"),
            ("bo@STRAßE.de", "bo@straße.DE"),
            ("bo@faß.example", "bo@xn--fa-hia.example"),
        ] {
            assert_eq!(key(one), key(other), "{one} and {other}");
        }
        for (one, other) in [
            ("bo@straße.de", "bo@strasse.de"),
            ("bo@xn--strae-oqa.de", "bo@strasse.de"),
            ("bo@βόλος.com", "bo@βόλοσ.com"),
            ("ada@münchen.de", "ada@munchen.de"),
        ] {
            assert_ne!(key(one), key(other), "{one} and {other}");
        }
    }

    #[test]
    fn the_spelling_of_the_domain_does_not_change_the_mailbox() {
        let is_same = |one, other| {
            checked::<EmailAddress>(one).unwrap().is_same_mailbox(&checked::<EmailAddress>(other).unwrap())
        };
        assert!(is_same("ada@münchen.de", "ada@xn--mnchen-3ya.de"));
        assert!(is_same("ada@example.com", "ada@Example.COM"));
        assert!(!is_same("Ada@example.com", "ada@example.com"), "a server may distinguish them");
        assert!(!is_same("ada@straße.de", "ada@strasse.de"));
    }

    #[test]
    fn white_space_around_an_address_is_ignored() {
        for raw in [
            "ada@example.com ",
            "\u{feff}ada@example.com",
            "\tada@example.com\u{a0}\r\n",
            "\u{3000}ada@example.com\u{200b}",
        ] {
            assert_eq!(parsed(raw), "ada@example.com", "{raw:?}");
            assert_eq!(EmailAddress::typed_key(raw), "ada@example.com", "{raw:?}");
        }
        let longest = format!("{}@{}.com", "a".repeat(60), "b".repeat(60));
        assert_eq!(parsed(&format!("{}{longest}{0}", " ".repeat(200))), longest);
    }

    #[test]
    fn a_part_of_a_domain_is_searched_as_keys_spell_it() {
        assert_eq!(search_key("straße").as_deref(), Some("straße"));
        assert_eq!(search_key("STRAßE.de").as_deref(), Some("straße.de"));
        assert_eq!(search_key("A@xn--mnchen-3ya.de").as_deref(), Some("a@münchen.de"));
        for as_folded in ["ada", "münch", "ada@Münch", "example.com"] {
            assert_eq!(search_key(as_folded), None, "{as_folded}");
        }
    }

    #[test]
    fn invalid_addresses_are_refused() {
        for address in [
            "ada",
            "ada.example.com",
            "ada..x@example.com",
            "ada.@example.com",
            "a\"b@example.com",
            "a b@example.com",
            "a<b@example.com",
        ] {
            assert_eq!(refused(address), "bad_email", "{address:?}");
        }
        for address in [
            "\"ada\"@example.com",
            "=ada@example.com",
            "+1@example.com",
            "-a@example.com",
            ".a@example.com",
            "@example.com",
            "<ada@example.com>",
            "äda@example.com",
        ] {
            assert_eq!(refused(address), "bad_start", "{address:?}");
        }
        for address in [
            "ada@",
            "ada@localhost",
            "ada@127.0.0.1",
            "ada@[127.0.0.1]",
            "ada@[::1]",
            "ada@example.com.",
            "ada@.com",
            "ada@a..com",
            "ada@b@example.com",
            "ada@exa_mple.com",
            "ada@exa mple.com",
            "ada@example。com",
            "ada@example.com x",
            "ada@example.com(x)",
        ] {
            assert_eq!(refused(address), "bad_domain", "{address:?}");
        }
        for address in ["ada@-a.com", "ada@a-.com"] {
            assert_eq!(refused(address), "bad_email", "{address:?}");
        }
    }

    #[test]
    fn a_domain_that_has_no_ascii_form_is_refused() {
        for domain in ["xn--.com", "xn--a.com", "a.xn--a", "1א.com", "הa.com"] {
            assert_eq!(refused(&format!("ada@{domain}")), "bad_email", "{domain:?}");
        }
        // 171 bytes as sent, 314 in ASCII.
        let long = ["é"; 24].join("aaaa.");
        assert_eq!(refused(&format!("ada@{long}.com")), "bad_email");
    }

    #[test]
    fn invisible_characters_are_refused() {
        for invisible in "\0\t\r\n\u{7f}\u{ad}\u{200b}\u{200d}\u{202e}\u{2066}\u{3164}\u{fe0f}\u{feff}\u{ffa0}".chars()
        {
            for address in [
                format!("ada@exa{invisible}mple.com"),
                format!("ad{invisible}a@example.com"),
                format!("a{invisible}@b.c"),
            ] {
                assert_eq!(refused(&address), "invisible_character", "{address:?}");
            }
        }
    }

    #[test]
    fn lengths_are_counted_in_bytes_as_stored() {
        let label = "a".repeat(63);
        assert_eq!(refused(&format!("ada@{label}a.com")), "bad_email", "a label of 64");
        assert_eq!(refused(&format!("{label}aa@example.com")), "bad_email", "a local part of 65");
        let longest = format!("{label}@{label}.{label}.{}.com", "a".repeat(58));
        assert_eq!(longest.len(), MAX_BYTES);
        assert_eq!(parsed(&longest), longest);
        assert_eq!(refused(&format!("a{longest}")), "too_long");
        assert_eq!(refused(&format!("ada@{}.com", "ü".repeat(124))), "too_long", "132 characters of 2 bytes");
    }

    #[test]
    fn the_pattern_refuses_texts_that_are_obviously_no_addresses() {
        let pattern = regex::Regex::new(EmailAddress::RULE.pattern.unwrap()).unwrap();
        for text in
            ["ada", "ada@", "@example.com", "ada@localhost", "ada@example.", "ada@b@example.com", "a da@example.com"]
        {
            assert!(!pattern.is_match(text), "{text:?}");
        }
    }

    #[test]
    fn the_example_is_valid() {
        assert_eq!(parsed(EmailAddress::RULE.example), EmailAddress::RULE.example);
    }

    fn likely() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,10}@[a-zA-Z0-9.-]{1,20}",
            "[a-z]{1,5}[@＠][a-zß-ɏ\u{300}-\u{310}]{1,9}\\.[a-z]{2,3}",
            "[Ａ-Ｚａ-ｚ０-９]{1,6}@\\PC{1,9}\\.\\PC{2,3}",
            "[ -~]{1,9}@[ -~]{1,9}\\.com",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn an_accepted_address_matches_the_rule_and_is_accepted_again_unchanged(raw in likely()) {
            let pattern = regex::Regex::new(EmailAddress::RULE.pattern.unwrap()).unwrap();
            if let Ok(address) = checked::<EmailAddress>(&raw) {
                prop_assert!(pattern.is_match(trim(&raw)), "{:?}", raw);
                prop_assert_eq!(checked::<EmailAddress>(address.as_str()), Ok(address.clone()));
                prop_assert_eq!(address.as_str().matches('@').count(), 1);
                prop_assert!(address.as_str().len() <= MAX_BYTES);
                let key = address.key();
                prop_assert_eq!(EmailAddress::typed_key(&raw), key.clone());
                prop_assert_eq!(EmailAddress::stored(key.clone()).key(), key);
            }
        }

        #[test]
        fn addresses_that_differ_in_case_have_the_same_key(raw in "[a-zA-Z0-9.+-]{1,9}@[a-zA-Zß-ɏ]{1,9}\\.[a-z]{2,3}") {
            if let Ok(address) = checked::<EmailAddress>(&raw)
                && let Ok(other) = checked::<EmailAddress>(&raw.to_uppercase())
                && !raw.contains(['ı', 'ß'])
            {
                prop_assert_eq!(other.key(), address.key());
            }
        }
    }
}

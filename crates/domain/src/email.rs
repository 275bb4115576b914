//! E-mail addresses.

use crate::fold::{fold, is_invisible, nfkc, trim};
use crate::{Fault, Rule, Text};
use unicode_normalization::char::is_combining_mark;
use validator::ValidateEmail as _;

/// Most bytes of an address, as sent and as kept (RFC 5321 §4.5.3.1.3, less the angle brackets).
const MAX_BYTES: usize = 254;

/// An address that mail can be sent to: `local@domain`, with a dot in the domain, and neither the quoted local parts
/// nor the address literals of RFC 5321 §4.1.2, nor comments. It begins with a letter or digit, so that it is no
/// formula in somebody's spreadsheet. The domain may be an internationalised one.
///
/// Kept in NFKC, otherwise as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The address as it is kept, shown and mailed to.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An address that was parsed before it was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// What addresses are compared by: two users cannot have addresses of the same key. (To RFC 5321 the local part
    /// has a case; to people and to every large mail service it has not.) The domain is the one that mail goes to, in its
    /// Unicode form, however it was spelled.
    pub fn key(&self) -> String {
        key(&self.0)
    }

    /// The key to look up an address by as somebody typed it, which need not be a valid one.
    pub fn typed_key(raw: &str) -> String {
        key(&nfkc(trim(raw)))
    }

    /// Whether both are spellings of one mailbox: the same local part at the same domain.
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

/// The one spelling of a domain, by IDNA 2008 (UTS #46, non-transitional): in Unicode, for people search it so, and in
/// lower case. Case folding would be too coarse: `straße.de` and `strasse.de` are two domains.
fn canonical(domain: &str) -> String {
    if domain.is_ascii() && !domain.to_ascii_lowercase().contains("xn--") {
        return domain.to_ascii_lowercase();
    }
    let Ok(ascii) = idna::domain_to_ascii(domain) else { return fold(domain) };
    let (unicode, valid) = idna::domain_to_unicode(&ascii);
    let leads_back = valid.is_ok() && idna::domain_to_ascii(&unicode).is_ok_and(|again| again == ascii);
    if leads_back { unicode } else { ascii }
}

/// How a part of an address is searched for among keys, where that is not its folding: its domain, or what may be a part of
/// one, as [`EmailAddress::key`] has it.
pub(crate) fn searched_part(text: &str) -> Option<String> {
    let is_plain = text.is_ascii() && !text.to_ascii_lowercase().contains("xn--");
    // No key has an invisible character, so a search for one finds nothing, rather than what is around it.
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
        // A letter or digit, what a local part may have, an @, a dot somewhere in what a domain may have. What NFKC makes of
        // characters beyond ASCII (an @ or a dot even), a pattern cannot say: it lets them pass everywhere. Written
        // without any escape whose meaning depends on a flag.
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
        if raw.len().max(address.len()) > MAX_BYTES {
            return Err(Fault::new("too_long", format!("must have at most {MAX_BYTES} bytes of UTF-8")));
        }
        if !address.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            return Err(Fault::new("bad_start", "must begin with a letter or a digit (a to z, 0 to 9)"));
        }
        let Some((local, domain)) = address.split_once('@') else {
            return Err(Fault::new("bad_email", "must be an e-mail address, such as ada@example.com"));
        };
        judge_domain(domain)?;
        // Mail servers know it by the ASCII form of its domain (RFC 5891), which not every text has.
        let mailed = idna::domain_to_ascii(domain).map(|domain| format!("{local}@{domain}"));
        let can_be_mailed = mailed.is_ok_and(|mailed| mailed.len() <= MAX_BYTES && mailed.validate_email());
        if local.split('.').any(str::is_empty) || !can_be_mailed {
            return Err(Fault::new("bad_email", "must be an e-mail address, such as ada@example.com"));
        }
        Ok(Self(address))
    }
}

/// Two or more labels of letters, digits and hyphens. What else a label must keep to, the validator knows.
fn judge_domain(domain: &str) -> Result<(), Fault> {
    let belongs = |character: char| character.is_alphanumeric() || is_combining_mark(character) || character == '-';
    let well_formed = domain.split('.').all(|label| !label.is_empty() && label.chars().all(belongs));
    let last = domain.rsplit_once('.').map(|(_, last)| last);
    // A name whose last label is a number is an IPv4 address to everyone who reads it (WHATWG URL §3.5).
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
    fn addresses_in_use_are_kept_as_sent() {
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
    fn an_address_is_kept_in_nfkc_and_compared_in_any_case() {
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
    fn an_address_is_the_same_mailbox_whatever_the_spelling_of_its_domain() {
        let is_same = |one, other| {
            checked::<EmailAddress>(one).unwrap().is_same_mailbox(&checked::<EmailAddress>(other).unwrap())
        };
        assert!(is_same("ada@münchen.de", "ada@xn--mnchen-3ya.de"));
        assert!(is_same("ada@example.com", "ada@Example.COM"));
        assert!(!is_same("Ada@example.com", "ada@example.com"), "a server may tell them apart");
        assert!(!is_same("ada@straße.de", "ada@strasse.de"));
    }

    #[test]
    fn white_space_around_an_address_is_no_part_of_it() {
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
    fn a_part_of_a_domain_is_searched_as_keys_have_it() {
        assert_eq!(searched_part("straße").as_deref(), Some("straße"));
        assert_eq!(searched_part("STRAßE.de").as_deref(), Some("straße.de"));
        assert_eq!(searched_part("A@xn--mnchen-3ya.de").as_deref(), Some("a@münchen.de"));
        for as_folded in ["ada", "münch", "ada@Münch", "example.com"] {
            assert_eq!(searched_part(as_folded), None, "{as_folded}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
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
    fn lengths_are_counted_in_bytes_as_kept() {
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
    fn the_pattern_alone_refuses_what_is_no_address_at_sight() {
        let pattern = regex::Regex::new(EmailAddress::RULE.pattern.unwrap()).unwrap();
        for text in
            ["ada", "ada@", "@example.com", "ada@localhost", "ada@example.", "ada@b@example.com", "a da@example.com"]
        {
            assert!(!pattern.is_match(text), "{text:?}");
        }
    }

    #[test]
    fn the_example_keeps_the_rule() {
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
        fn whatever_is_taken_keeps_the_rule_and_is_taken_again_unchanged(raw in likely()) {
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
        fn addresses_that_differ_in_case_have_one_key(raw in "[a-zA-Z0-9.+-]{1,9}@[a-zA-Zß-ɏ]{1,9}\\.[a-z]{2,3}") {
            if let Ok(address) = checked::<EmailAddress>(&raw)
                && let Ok(other) = checked::<EmailAddress>(&raw.to_uppercase())
                && !raw.contains(['ı', 'ß'])
            {
                prop_assert_eq!(other.key(), address.key());
            }
        }
    }
}

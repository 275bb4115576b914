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
        Ok(address) => panic!("{raw:?} is accepted as {address:?}"),
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
    let is_same =
        |one, other| checked::<EmailAddress>(one).unwrap().is_same_mailbox(&checked::<EmailAddress>(other).unwrap());
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
fn a_part_of_a_domain_is_searched_in_the_form_of_keys() {
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
    for invisible in "\0\t\r\n\u{7f}\u{ad}\u{200b}\u{200d}\u{202e}\u{2066}\u{3164}\u{fe0f}\u{feff}\u{ffa0}".chars() {
        for address in
            [format!("ada@exa{invisible}mple.com"), format!("ad{invisible}a@example.com"), format!("a{invisible}@b.c")]
        {
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

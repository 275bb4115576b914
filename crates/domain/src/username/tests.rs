use super::*;
use crate::checked;
use proptest::prelude::*;

fn parsed(raw: &str) -> String {
    match checked::<Username>(raw) {
        Ok(name) => name.as_str().to_owned(),
        Err(fault) => panic!("{raw:?} is refused: {fault:?}"),
    }
}

fn refused(raw: &str) -> &'static str {
    match checked::<Username>(raw) {
        Ok(name) => panic!("{raw:?} is accepted as {name:?}"),
        Err(fault) => fault.code,
    }
}

#[test]
fn names_of_common_scripts_are_stored_as_sent() {
    let latin = "ada Ada a-1 0day 007 a.. ada_lovelace-99 élodie Straße İlker ọlá nguyễn g\u{303}ua";
    let others = "борис борис2024 асе Ελένη אברהם محمد محمّد محمد99 ۱۲۳ Անի ქეთი ሰላም रवि हिन्दी অমিত தமிழ் ที่รัก ខ្មែរ ကျွန်ုပ် \
        さくらサクラ桜 データ 김철수 李小龙 二〇二4";
    for name in latin.split(' ').chain(others.split_whitespace()) {
        assert_eq!(parsed(name), nfkc(name));
    }
}

#[test]
fn a_name_is_stored_in_nfkc() {
    assert_eq!(parsed("ａｄａ"), "ada");
    assert_eq!(parsed("ﬁona"), "fiona");
    assert_eq!(parsed("e\u{301}lodie"), "élodie");
    assert_eq!(parsed("a\u{ff0e}da"), "a.da");
}

#[test]
fn a_name_is_never_an_address_a_formula_or_a_path() {
    assert_eq!(refused("ada@example.com"), "bad_character");
    assert_eq!(refused("ada＠example.com"), "bad_character");
    for name in ["=1+1", "+ada", "-ada", ".ada", "_ada", "@ada", "/ada", "\u{301}ada", "'ada", "=\u{338}ada"] {
        assert_eq!(refused(name), "bad_start", "{name:?}");
    }
    for name in [
        "ada lovelace",
        "ada/x",
        "ada!",
        "ada\u{2019}s",
        "ada\u{2bc}s",
        "ada😀",
        "a\u{ffff}a",
        "a\u{e000}a",
        "a\u{fffd}a",
    ] {
        assert_eq!(refused(name), "bad_character", "{name:?}");
    }
}

#[test]
fn invisible_characters_are_refused() {
    for invisible in "\0\t\n\u{7f}\u{85}\u{ad}\u{34f}\u{61c}\u{115f}\u{200b}\u{200c}\u{200d}\u{202e}\u{2066}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{e0061}".chars() {
        assert_eq!(refused(&format!("ad{invisible}a")), "invisible_character", "{invisible:?}");
        // At the ends, white space and zero-width characters are trimmed.
        let raw = format!("{invisible}ada");
        let expected = if trim(&raw) == "ada" { Ok(Username("ada".to_owned())) } else { Err("invisible_character") };
        assert_eq!(checked::<Username>(&raw).map_err(|fault| fault.code), expected, "{invisible:?}");
    }
}

#[test]
fn scripts_are_not_mixed() {
    for name in
        ["p\u{430}ypal", "\u{430}da", "ada\u{3bf}", "adaさん", "ada桜", "борисa", "борис\u{3b1}", "김さん", "a\u{5d0}b"]
    {
        assert_eq!(refused(name), "mixed_scripts", "{name:?}");
    }
    assert_eq!(refused("অমিত8৪"), "mixed_scripts", "digits of two kinds");
    assert_eq!(refused("abc٣"), "mixed_scripts", "Arabic digits are of the Arabic script");
}

#[test]
fn marks_are_allowed_only_where_a_letter_needs_them() {
    for name in [
        "ada\u{302}\u{302}\u{302}",
        "i\u{307}lker",
        "o\u{338}re",
        "q\u{303}\u{301}a",
        "1\u{301}23",
        "a.\u{301}a",
        "a\u{20dd}da",
        "ada\u{489}",
        "רב\u{5b8}\u{5b8}",
        "ကက\u{103b}\u{103c}\u{103d}\u{103e}\u{102d}",
    ] {
        assert_eq!(refused(name), "bad_character", "{name:?}");
    }
}

#[test]
fn lengths_are_checked_as_sent_and_as_stored() {
    assert_eq!(refused("ab"), "too_short");
    assert_eq!(refused("ae\u{301}"), "too_short", "two characters once composed");
    assert_eq!(parsed(&"a".repeat(32)).len(), 32);
    assert_eq!(refused(&"a".repeat(33)), "too_long");
    assert_eq!(refused(&"\u{fb03}".repeat(11)), "too_long", "33 characters once the ligatures are apart");
}

#[test]
fn names_are_compared_without_regard_to_case() {
    let key = |raw| Username::parse(raw).unwrap().key();
    assert_eq!(key("Straße"), key("STRASSE"));
    assert_eq!(key("ΣΊΣΥΦΟΣ"), key("σίσυφος"));
    assert_eq!(key("ＡＤＡ"), key("ada"));
    assert_ne!(key("асе"), key("ace"), "Cyrillic is not Latin");
}

#[test]
fn no_character_makes_a_key_too_long() {
    for character in ('\0'..=char::MAX).filter(|&character| is_letter(character) || is_digit(character)) {
        assert!(fold(&character.to_string().repeat(MAX)).len() <= 384, "{character:?}");
    }
}

#[test]
fn each_kind_of_digits_has_its_own_sixteen_code_points() {
    let kept = |character: char| nfkc(&character.to_string()) == character.to_string();
    let digits: Vec<char> = ('\0'..=char::MAX).filter(|&character| is_digit(character) && kept(character)).collect();
    for ten in digits.chunks(10) {
        assert_eq!(ten.len(), 10);
        assert!(ten.iter().all(|&digit| u32::from(digit) >> 4 == u32::from(ten[0]) >> 4), "{ten:?}");
    }
}

#[test]
fn the_example_is_valid() {
    assert_eq!(parsed(Username::RULE.example), Username::RULE.example);
}

/// Likely names: letters of several scripts, marks, and characters that NFKC changes.
fn likely() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z0-9._-]{1,34}",
        "[a-zA-ZÀ-ɏ0-9._\u{300}-\u{345}-]{1,12}",
        "[α-ωΑ-Ωἀ-ῼ0-9\u{300}-\u{345}]{1,12}",
        "[а-яА-Я0-9._@= -]{1,12}",
        "[Ａ-Ｚａ-ｚ０-９ﬀ-ﬆ．＠＿]{1,12}",
        "[\u{600}-\u{6ff}]{1,12}",
        "\\PC{3,32}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_accepted_name_matches_the_rule_and_is_accepted_again_unchanged(raw in likely()) {
        let pattern = regex::Regex::new(Username::RULE.pattern.unwrap()).unwrap();
        if let Ok(name) = checked::<Username>(&raw) {
            prop_assert!(pattern.is_match(trim(&raw)), "{:?}", raw);
            prop_assert!(pattern.is_match(name.as_str()), "{:?}", name);
            prop_assert_eq!(checked::<Username>(name.as_str()), Ok(name.clone()));
            let key = name.key();
            prop_assert!(key.len() <= 384);
            prop_assert_eq!(fold(&key), key.clone());
            prop_assert!(!key.contains('@'));
            prop_assert!(key.starts_with(|first: char| first.is_alphanumeric()));
        }
    }

    #[test]
    fn names_that_differ_in_case_have_the_same_key(raw in likely()) {
        if let Ok(name) = checked::<Username>(&raw) {
            for variant in [name.as_str().to_uppercase(), name.as_str().to_lowercase()] {
                // ı is the only letter whose upper case is that of another letter.
                if let Ok(other) = checked::<Username>(&variant) && !name.as_str().contains('ı') {
                    prop_assert_eq!(other.key(), name.key());
                }
            }
        }
    }

    #[test]
    fn the_pattern_decides_on_ascii_alone(raw in "[!-~]([ -~]{1,30})[!-~]") {
        let pattern = regex::Regex::new(Username::RULE.pattern.unwrap()).unwrap();
        prop_assert_eq!(pattern.is_match(&raw), checked::<Username>(&raw).is_ok());
    }
}

use super::*;
use crate::checked;
use proptest::prelude::*;

fn refused(raw: &str) -> Fault {
    match checked::<NewPassword>(raw) {
        Ok(_) => panic!("{raw:?} is accepted"),
        Err(fault) => fault,
    }
}

#[test]
fn a_password_that_is_hard_to_guess_is_accepted_exactly_as_sent() {
    for password in [
        NewPassword::RULE.example,
        "x7Kq!m2Z",
        "kQ9$vT2!ha",
        " 4rw\tq1z9 ",
        "tr0ub4dor&3",
        "ünïcödé pass",
        "e\u{301}tagE\u{301}re \u{200d}",
        "パスワード123です",
        "🐴🔋📎🍀🌵🦀🚲🎲",
        "0123456789 4@8({[<3691!|05$7+% and every other sign of all",
        &format!("{}kQ9$vT2!ha", "a".repeat(60)),
        &format!("{0}kQ9$vT2!h{0}", "a".repeat(31)),
        &"a".repeat(72),
        &"é".repeat(36),
    ] {
        assert_eq!(checked::<NewPassword>(password).unwrap().as_str(), password);
    }
}

#[test]
fn common_passwords_are_refused() {
    let common = "password Password PASSWORD 12345678 baseball football qwertyuiop superman 1qaz2wsx trustno1 sunshine \
        starwars computer princess corvette 1234qwer maverick steelers whatever liverpool1 password1 iloveyou2 \
        samsung123 dragon123 zaq12wsx q1w2e3r4t5y6 qwerty123456";
    for password in common.split_whitespace() {
        assert_eq!(refused(password).code, "too_common", "{password:?}");
    }
    // Commoner still as names than as passwords.
    for password in ["jennifer", "michelle"] {
        assert_eq!(refused(password).code, "too_weak", "{password:?}");
    }
}

#[test]
fn passwords_that_are_easy_to_guess_are_refused_with_advice() {
    for password in [
        "Password123!",
        "P@ssw0rd!",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "abcdefghijkl",
        "hunter22",
        "letmein1234",
        "drowssap",
        "ashley2024",
        "12.12.1999",
        "changeme123",
    ] {
        let fault = refused(password);
        assert_eq!(fault.code, "too_weak", "{password:?}");
        assert!(fault.detail.contains("Add another word"), "{}", fault.detail);
        assert!(!fault.detail.contains(password), "{}", fault.detail);
    }
}

#[test]
fn a_password_that_bcrypt_would_truncate_is_refused() {
    assert_eq!(refused("kQ9$vT2\0!ha").code, "contains_nul");
    assert_eq!(refused("kQ9$vT2!ha\0").code, "contains_nul");
    assert_eq!(refused("kQ9$vT2").code, "too_short");
    let longest = "kQ9$vT2!haü!".repeat(6).chars().take(66).collect::<String>();
    assert_eq!(longest.len(), 71);
    assert_eq!(checked::<NewPassword>(&format!("{longest}!")).unwrap().as_str().len(), MAX_BYTES);
    assert_eq!(refused(&format!("{longest}ü")).code, "too_long");
    assert!(refused(&format!("{longest}ü")).detail.contains("72 bytes"));
}

#[test]
fn a_password_made_of_its_owners_names_is_refused() {
    let refused = |password: &str, personal: &[&str]| {
        NewPassword(password.to_owned()).reject_personal(personal).is_err_and(|fault| fault.code == "too_personal")
    };
    let ada = ["Ada.Lovelace", "countess-of-l@analytical-engine.example.com"];
    for password in [
        "Ada.Lovelace",
        "adalovelace",
        "LOVELACEADA",
        "adalovelace1815",
        "ada.lovelace839201",
        "!!lovelace!!",
        "ecalevoL.adA",
        "ecalevol1815",
        "L0vel4ce!",
        "adaadaada",
        "countess-of-l@analytical-engine.example.com",
        "analytical-engine",
        "Countess1815",
        "ADALOVELACE2024!",
        "lovelaceLovelace",
        "ａｄａｌｏｖｅｌａｃｅ",
    ] {
        assert!(refused(password, &ada), "{password:?}");
    }
    assert!(refused("STRASSENBAUER77", &["Straßenbauer"]));
    assert!(refused("борисовичи!", &["Борисовичи"]));
    for password in [NewPassword::RULE.example, "x7Kq!m2Z", "kQ9$vT2!ada", "adamant horse battery", "9#4ada!82@71$"] {
        assert!(!refused(password, &ada), "{password:?}");
    }
    assert!(
        !refused("x7Kq!m2Z", &["x7k", "q@m2.z", "", "@", "a@b"]),
        "names so short that they may be in it by chance"
    );
}

#[test]
fn a_password_is_never_shown() {
    assert_eq!(format!("{:?}", NewPassword("kQ9$vT2!ha".to_owned())), "NewPassword(…)");
}

/// Texts that are expensive for zxcvbn: lookalike signs, repeats, dates, and any others.
fn expensive() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[4@8({\\[<3691!|05$7+%2a-z]{8,72}", "[0-9./-]{8,72}", "[ab1]{8,72}", "\\PC{8,72}"]
}

proptest! {
    #[test]
    fn an_accepted_password_is_kept_as_sent(raw in expensive(), name in any::<String>()) {
        if let Ok(password) = checked::<NewPassword>(&raw) {
            prop_assert_eq!(password.as_str(), &raw);
            prop_assert!(raw.len() <= MAX_BYTES && !raw.contains('\0'));
            let _ = password.reject_personal(&[&name, &raw]);
        }
    }

    #[test]
    fn a_password_that_is_a_name_is_too_personal(name in "[a-zа-я0-9._-]{3,20}[A-Za-zß-ɏ]{5}", digits in "[0-9]{0,8}") {
        let password = NewPassword(format!("{name}{digits}"));
        prop_assert!(password.reject_personal(&[&name]).is_err());
    }

    #[test]
    fn the_work_is_bounded_and_the_length_is_kept(raw in expensive()) {
        let read = readable(&raw);
        prop_assert!(readings(&read) <= MAX_READINGS);
        prop_assert_eq!(read.chars().count(), raw.chars().count());
        if readings(&raw) <= MAX_READINGS {
            prop_assert_eq!(read, raw);
        }
    }
}

#[test]
fn digits_alone_are_not_read_as_letters() {
    assert_eq!(readable("1234567890"), "1234567890");
}

#[test]
fn an_address_with_many_parts_costs_no_more_than_others() {
    let parts = (0..300).map(|n| format!("part{n}")).collect::<Vec<_>>().join("-");
    assert_eq!(names_in(&[&parts]).len(), MAX_NAMES);
}

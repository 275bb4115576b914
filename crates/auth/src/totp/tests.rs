use super::*;
use proptest::prelude::*;

/// The secret of RFC 6238, appendix B, repeated to the length that it uses for the algorithm.
fn rfc(algorithm: Algorithm) -> Totp {
    let length = match algorithm {
        Algorithm::SHA512 => 64,
        Algorithm::SHA256 => 32,
        _ => 20,
    };
    let secret: Vec<u8> = b"1234567890".iter().copied().cycle().take(length).collect();
    Totp::new(algorithm, 8, 30, &secret).unwrap()
}

fn code(text: &str) -> Code {
    Code::parse(text).unwrap()
}

fn code_at(totp: &Totp, step: i64) -> Code {
    code(&totp.0.generate(step.unsigned_abs() * totp.0.step()).to_string())
}

#[test]
fn the_vectors_of_rfc_6238() {
    let vectors = [
        (59, ["94287082", "46119246", "90693936"]),
        (1_111_111_109, ["07081804", "68084774", "25091201"]),
        (1_111_111_111, ["14050471", "67062674", "99943326"]),
        (1_234_567_890, ["89005924", "91819424", "93441116"]),
        (2_000_000_000, ["69279037", "90698825", "38618901"]),
        (20_000_000_000, ["65353130", "77737706", "47863826"]),
    ];
    for (now, codes) in vectors {
        for (algorithm, expected) in [Algorithm::SHA1, Algorithm::SHA256, Algorithm::SHA512].into_iter().zip(codes) {
            assert_eq!(rfc(algorithm).verify(&code(expected), now, None), Some(now / 30), "{algorithm} at {now}");
        }
    }
}

#[test]
fn the_steps_before_now_and_after_are_heard_and_no_other() {
    let totp = Totp::generate().unwrap();
    let current = 56_789_012;
    for now in [current * 30, current * 30 + 29] {
        for distance in -4..=4 {
            let expected = (-1..=1).contains(&distance).then_some(current + distance);
            let heard = totp.verify(&code_at(&totp, current + distance), now, None);
            assert_eq!(heard, expected, "{distance} steps from now");
        }
    }
}

#[test]
fn a_step_is_heard_only_above_the_last_accepted_one() {
    let totp = Totp::generate().unwrap();
    let current = 56_789_012;
    for (step, last, is_heard) in [
        (current, current - 1, true),
        (current, current, false),
        (current, current + 1, false),
        (current - 1, current - 2, true),
        (current - 1, current - 1, false),
        (current - 1, current, false),
        (current + 1, current, true),
        (current + 1, current + 1, false),
    ] {
        let heard = totp.verify(&code_at(&totp, step), current * 30, Some(last));
        assert_eq!(heard, is_heard.then_some(step), "step {} after {}", step - current, last - current);
    }
}

#[test]
fn a_wrong_code_is_not_heard() {
    let totp = rfc(Algorithm::SHA1);
    for wrong in ["94287083", "04287082", "942870", "287082", "9428708"] {
        assert_eq!(totp.verify(&code(wrong), 59, None), None, "{wrong}");
    }
}

#[test]
fn the_first_and_the_last_moment_do_not_overflow() {
    let totp = Totp::generate().unwrap();
    for now in [i64::MIN, -1, 0, 29, i64::MAX] {
        let _ = totp.verify(&code("000000"), now, Some(i64::MAX));
    }
    assert_eq!(totp.verify(&code_at(&totp, 1), 0, None), Some(1));
}

#[test]
fn a_period_of_sixty_seconds_counts_in_its_own_steps() {
    let totp = Totp::import("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=60&digits=8").unwrap();
    assert_eq!(totp.verify(&code("94287082"), 119, None), Some(1));
}

#[test]
fn a_new_secret_has_160_bits_and_is_another_each_time() {
    let (one, two) = (Totp::generate().unwrap(), Totp::generate().unwrap());
    assert_ne!(one.secret(), two.secret());
    assert_eq!(one.secret().len(), 32);
    assert_eq!(Totp::import(&one.secret()).unwrap().to_bytes(), one.to_bytes());
}

#[test]
fn the_uri_has_every_parameter_and_escapes_the_names() {
    let totp = rfc(Algorithm::SHA256);
    let uri = totp.uri("Größe & Co: 1", "ada@example.com/?#%:ü");
    assert_eq!(
        uri,
        "otpauth://totp/Gr%C3%B6%C3%9Fe%20%26%20Co%20%201:ada%40example.com%2F%3F%23%25%20%C3%BC\
         ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA\
         &issuer=Gr%C3%B6%C3%9Fe%20%26%20Co%20%201&algorithm=SHA256&digits=8&period=30"
    );
    assert_eq!(Totp::import(&uri).unwrap().to_bytes(), totp.to_bytes());
    assert!(crate::qr_code::svg(&totp.uri(&"ü".repeat(64), &"ü".repeat(64))).is_ok());
}

#[test]
fn the_stored_form_is_read_back_and_nothing_else_is() {
    for totp in [Totp::generate().unwrap(), rfc(Algorithm::SHA256), rfc(Algorithm::SHA512)] {
        let bytes = totp.to_bytes();
        assert_eq!(Totp::from_bytes(&bytes).unwrap().0, totp.0);
        for (at, wrong) in [(0, 2), (1, 0), (1, 4), (2, 5), (2, 9), (3, 0), (3, 31)] {
            let mut bytes = bytes.clone();
            bytes[at] = wrong;
            assert!(Totp::from_bytes(&bytes).is_none(), "{wrong} at {at}");
        }
    }
    for bytes in [&[][..], &[1, 1, 6], &[1, 1, 6, 30], &[1; 300]] {
        assert!(Totp::from_bytes(bytes).is_none());
    }
}

#[test]
fn a_base32_secret_is_read_however_it_is_written() {
    let expected = rfc(Algorithm::SHA1).secret();
    for text in [
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
        " GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ\n",
        "OTPAUTH://TOTP/a?secret=gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
        "otpauth://totp/Example:ada@example.com?issuer=Other&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&image=x",
        "otpauth://totp/?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=sha1&digits=6&period=30",
    ] {
        assert_eq!(Totp::import(text).unwrap().secret(), expected, "{text}");
    }
    assert_eq!(Totp::import("GEZDGNBVGY3TQOJQGEZDGNBVGY======").unwrap().secret(), "GEZDGNBVGY3TQOJQGEZDGNBVGY");
}

#[test]
fn other_parameters_of_a_uri_are_kept() {
    let totp = Totp::import(&format!(
        "otpauth://totp/a?secret={}&algorithm=SHA512&digits=8&period=60",
        rfc(Algorithm::SHA512).secret()
    ));
    let totp = totp.unwrap();
    assert_eq!((totp.0.algorithm(), totp.0.digits(), totp.0.step()), (Algorithm::SHA512, 8, 60));
}

#[test]
fn what_is_not_a_usable_secret_has_a_fault() {
    let secret = "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    for (text, expected) in [
        (String::new(), ImportFault::NotBase32),
        ("====".into(), ImportFault::NotBase32),
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1".into(), ImportFault::NotBase32),
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQA".into(), ImportFault::NotBase32),
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJé".into(), ImportFault::NotBase32),
        ("GEZDGNBVGY3TQOJ".into(), ImportFault::TooShort),
        ("A".repeat(208), ImportFault::TooMuch),
        ("A".repeat(4097), ImportFault::TooLong),
        (format!("https://totp/a?{secret}"), ImportFault::NotAUri),
        ("otpauth:".into(), ImportFault::NotTimeBased),
        ("otpauth://[/".into(), ImportFault::NotAUri),
        (format!("otpauth://hotp/a?{secret}&counter=1"), ImportFault::NotTimeBased),
        (format!("otpauth://steam/a?{secret}"), ImportFault::NotTimeBased),
        ("otpauth-migration://offline?data=AAAA".into(), ImportFault::NotAUri),
        ("otpauth://totp/a?issuer=b".into(), ImportFault::NoSecret),
        ("otpauth://totp/a?secret=".into(), ImportFault::NotBase32),
        (format!("otpauth://totp/a?{secret}&{secret}"), ImportFault::Repeated),
        (format!("otpauth://totp/a?{secret}&digits=6&digits=6"), ImportFault::Repeated),
        (format!("otpauth://totp/a?{secret}&algorithm=MD5"), ImportFault::Algorithm),
        (format!("otpauth://totp/a?{secret}&digits=9"), ImportFault::Digits),
        (format!("otpauth://totp/a?{secret}&digits=%2B6"), ImportFault::Digits),
        (format!("otpauth://totp/a?{secret}&digits="), ImportFault::Digits),
        (format!("otpauth://totp/a?{secret}&digits=262"), ImportFault::Digits),
        (format!("otpauth://totp/a?{secret}&period=0"), ImportFault::Period),
        (format!("otpauth://totp/a?{secret}&period=3600"), ImportFault::Period),
    ] {
        assert_eq!(Totp::import(&text).err(), Some(expected), "{text}");
    }
}

#[test]
fn a_code_has_six_to_eight_digits() {
    for text in ["123456", "1234567", "12345678", "123 456", " 1234 5678 "] {
        assert!(Code::parse(text).is_some(), "{text}");
    }
    let long = format!("123456{}", " ".repeat(27));
    for text in ["", "12345", "123456789", "12345a", "+12345", "-123456", "１２３４５６", "123\t456", &long] {
        assert!(Code::parse(text).is_none(), "{text}");
    }
}

#[test]
fn neither_secret_nor_code_shows_in_debug_output() {
    assert_eq!(format!("{:?} {:?}", rfc(Algorithm::SHA1), code("123456")), "Totp(…) Code(…)");
}

proptest! {
    #[test]
    fn what_is_imported_is_exported_and_imported_again(
        secret in prop::collection::vec(any::<u8>(), 10..=128),
        digits in 6_u8..=8,
        period in prop::sample::select(&PERIODS),
        algorithm in prop::sample::select(vec![Algorithm::SHA1, Algorithm::SHA256, Algorithm::SHA512]),
        issuer in "\\PC*",
        account in "\\PC*",
    ) {
        let totp = Totp::new(algorithm, digits, period, &secret).unwrap();
        let issuer: String = issuer.chars().take(20).collect();
        let account: String = account.chars().take(20).collect();
        let again = Totp::import(&totp.uri(&issuer, &account)).unwrap();
        prop_assert_eq!(&again.0, &totp.0);
        prop_assert_eq!(Totp::from_bytes(&totp.to_bytes()).unwrap().0, totp.0);
    }

    #[test]
    fn no_text_makes_the_import_panic(text in "\\PC*", query in "[a-z=&%0-9A-Z]*") {
        let _ = Totp::import(&text);
        let _ = Totp::import(&format!("otpauth://totp/a?{query}"));
        let _ = Code::parse(&text);
    }

    #[test]
    fn no_bytes_make_the_stored_form_panic(bytes in prop::collection::vec(any::<u8>(), 0..160)) {
        let _ = Totp::from_bytes(&bytes);
    }
}

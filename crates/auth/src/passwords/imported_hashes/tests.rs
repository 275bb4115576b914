use super::*;
use phc::PasswordHash;
use proptest::prelude::*;
use std::{sync::mpsc, thread, time::Duration};

/// Hashes of "correct horse", computed by libxcrypt, Python's hashlib and the argon2 reference implementation.
const GOOD: [&str; 4] = [
    "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "$pbkdf2-sha256$i=1000,l=32$c2l4dGVlbiBieXRlcyBvZg$y6QesfSHiadJe14jSg2x291T5Tyg3Jl9BU9qqM70WLU",
    "$scrypt$ln=4,r=8,p=1$c2l4dGVlbiBieXRlcyBvZg$BOhFYWx+vQurTXoLUv31vPaz7TrREYz/kgtrGyUPIoM",
];
/// A hash of "password", from the tests of the argon2 reference implementation.
const ARGON2: &str = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

fn code(hash: &str) -> &'static str {
    validate(hash).unwrap_err().code
}

#[test]
fn hashes_of_other_implementations_match_their_password_only() {
    for hash in GOOD {
        validate(hash).unwrap();
        let stored = StoredHash::parse(hash).unwrap();
        assert!(stored.matches("correct horse"), "{hash}");
        assert!(!stored.matches("correct horsf"), "{hash}");
    }
    let stored = StoredHash::parse(ARGON2).unwrap();
    assert!(stored.matches("password") && !stored.matches("Password"));
}

#[test]
fn an_imported_hash_verifies_all_of_a_long_password_and_bcrypt_does_not() {
    let long = "x".repeat(100);
    let truncated = bcrypt::hash(&long, 4).unwrap();
    assert!(bcrypt::verify(&long, &truncated).unwrap(), "the library truncates");
    assert!(!StoredHash::parse(&truncated).unwrap().matches(&long));
    assert!(StoredHash::parse(&truncated).unwrap().matches(&long[..72]));

    let mut derived = [0; 32];
    let rounds = NonZeroU32::new(10).unwrap();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, b"sixteen bytes of", long.as_bytes(), &mut derived);
    let hash = PasswordHash {
        algorithm: "pbkdf2-sha256".parse().unwrap(),
        version: None,
        params: "i=10".parse().unwrap(),
        salt: Some(phc::Salt::new(b"sixteen bytes of").unwrap()),
        hash: Some(phc::Output::new(&derived).unwrap()),
    }
    .to_string();
    assert!(StoredHash::parse(&hash).unwrap().matches(&long));
    assert!(!StoredHash::parse(&hash).unwrap().matches(&long[..72]));
}

#[test]
fn a_password_with_a_nul_never_matches_the_part_before_it() {
    let hash = bcrypt::hash("correct horse", 4).unwrap();
    assert!(!StoredHash::parse(&hash).unwrap().matches("correct horse\0battery"));
}

#[test]
fn parameters_above_a_limit_are_refused() {
    let salt_and_hash = "c2l4dGVlbiBieXRlcyBvZg$y6QesfSHiadJe14jSg2x291T5Tyg3Jl9BU9qqM70WLU";
    for (parameters, ok) in [
        ("argon2id$v=19$m=262144,t=10,p=8", true),
        ("argon2id$v=19$m=262145,t=1,p=1", false),
        ("argon2id$v=19$m=64,t=11,p=1", false),
        ("argon2id$v=19$m=128,t=1,p=9", false),
        ("pbkdf2-sha256$i=2000000", true),
        ("pbkdf2-sha256$i=2000001", false),
        ("scrypt$ln=18,r=8,p=1", true),
        ("scrypt$ln=18,r=9,p=1", false),
        ("scrypt$ln=19,r=8,p=1", false),
        ("scrypt$ln=63,r=4294967295,p=1", false),
        ("scrypt$ln=64,r=1,p=1", false),
        ("scrypt$ln=18,r=8,p=4", true),
        ("scrypt$ln=18,r=8,p=5", false),
        ("scrypt$ln=1,r=8,p=262145", false),
    ] {
        let hash = format!("${parameters}${salt_and_hash}");
        assert_eq!(validate(&hash).map_err(|f| f.code), if ok { Ok(()) } else { Err("hash_too_costly") }, "{hash}");
    }
    let bcrypt = |cost: u32| GOOD[0].replace("$04$", &format!("${cost:02}$"));
    validate(&bcrypt(16)).unwrap();
    assert_eq!(code(&bcrypt(17)), "hash_too_costly");
}

#[test]
fn a_hash_in_no_accepted_format_is_refused() {
    for hash in [
        "",
        "secret",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$1$salt$hash",
        "$2x$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$2y$03$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$2y$+4$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$2y$04$abcdefghijklmnopqrstuujydOTSfIH",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ",
        "$argon2id$v=19$m=256,t=2$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=20$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1,keyid=AAAA$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$pbkdf2-sha256$i=0$c2l4dGVlbiBieXRlcyBvZg$y6QesfSHiadJe14jSg2x291T5Tyg3Jl9BU9qqM70WLU",
        "$pbkdf2-sha256$i=10,l=31$c2l4dGVlbiBieXRlcyBvZg$y6QesfSHiadJe14jSg2x291T5Tyg3Jl9BU9qqM70WLU",
    ] {
        assert_eq!(code(hash), "unknown_hash_format", "{hash}");
    }
}

#[test]
fn a_hash_that_needs_memory_waits_until_others_have_released_theirs() {
    let scrypt = GOOD[3].replace("ln=4", "ln=17");
    for (hash, kib) in [(GOOD[0], 0), (GOOD[2], 0), (ARGON2, 256), (GOOD[3], 17), (scrypt.as_str(), 131_073)] {
        assert_eq!(StoredHash::parse(hash).unwrap().memory_kib(), kib, "{hash}");
    }
    let (done, finished) = mpsc::channel();
    let all = MEMORY.reserve(MAX_MEMORY_KIB);
    thread::scope(|scope| {
        for hash in [GOOD[0], ARGON2] {
            let done = done.clone();
            scope.spawn(move || done.send((hash, StoredHash::parse(hash).unwrap().matches("password"))).unwrap());
        }
        assert_eq!(finished.recv(), Ok((GOOD[0], false)), "bcrypt waits for nothing");
        assert!(finished.recv_timeout(Duration::from_millis(300)).is_err(), "there was no memory");
        drop(all);
        assert_eq!(finished.recv(), Ok((ARGON2, true)));
    });
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC*", head in "\\$(2[abxy]|argon2id|scrypt|pbkdf2-sha256)\\$") {
        let _ = validate(&text);
        let _ = validate(&format!("{head}{text}"));
    }

    #[test]
    fn no_parameters_make_the_parser_panic(
        head in "(argon2id(\\$v=[0-9]{1,3})?|scrypt|pbkdf2-sha256)",
        params in "((m|t|p|i|l|ln|r)=[0-9]{1,10},?){0,4}",
        salt in "[A-Za-z0-9+/]{0,70}",
        hash in "[A-Za-z0-9+/]{0,90}",
    ) {
        let _ = validate(&format!("${head}${params}${salt}${hash}"));
    }
}

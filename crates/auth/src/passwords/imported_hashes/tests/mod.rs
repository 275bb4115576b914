mod vectors;

use super::*;
use phc::PasswordHash;
use proptest::prelude::*;
use serde_json::json;
use std::{num::NonZeroU32, sync::mpsc, thread, time::Duration};

/// Hashes of "correct horse", computed by libxcrypt, Python's hashlib and the argon2 reference implementation.
const GOOD: [&str; 4] = [
    "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "$pbkdf2-sha256$i=1000,l=32$c2l4dGVlbiBieXRlcyBvZg$y6QesfSHiadJe14jSg2x291T5Tyg3Jl9BU9qqM70WLU",
    "$scrypt$ln=4,r=8,p=1$c2l4dGVlbiBieXRlcyBvZg$BOhFYWx+vQurTXoLUv31vPaz7TrREYz/kgtrGyUPIoM",
];
/// A hash of "password", from the tests of the argon2 reference implementation.
const ARGON2: &str = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

/// Of mkpasswd, with its default cost.
const YESCRYPT: &str = "$y$j9T$UK.bGbHN1CscjC3Z2g3Eu1$OeUD5TCjxQGTipAagb9YO1WqZL0CgpBOQUHoUSMghX0";

fn code(hash: &str) -> &'static str {
    read(hash).unwrap_err().code
}

#[test]
fn hashes_of_other_implementations_match_their_password_only() {
    for hash in GOOD {
        read(hash).unwrap();
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
    let truncated = ::bcrypt::hash(&long, 4).unwrap();
    assert!(::bcrypt::verify(&long, &truncated).unwrap(), "the library truncates");
    assert!(!StoredHash::parse(&truncated).unwrap().matches(&long));
    assert!(StoredHash::parse(&truncated).unwrap().matches(&long[..72]));

    let mut derived = [0; 32];
    let rounds = NonZeroU32::new(10).unwrap();
    aws_lc_rs::pbkdf2::derive(
        aws_lc_rs::pbkdf2::PBKDF2_HMAC_SHA256,
        rounds,
        b"sixteen bytes of",
        long.as_bytes(),
        &mut derived,
    );
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
    let hash = ::bcrypt::hash("correct horse", 4).unwrap();
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
        ("scrypt$ln=262144,r=8,p=1", true),
        ("scrypt$ln=524288,r=8,p=1", false),
        ("firebase-scrypt$ln=18,r=8", true),
        ("firebase-scrypt$ln=19,r=8", false),
    ] {
        let hash = format!("${parameters}${salt_and_hash}");
        assert_eq!(
            read(&hash).map(drop).map_err(|f| f.code),
            if ok { Ok(()) } else { Err("hash_too_costly") },
            "{hash}"
        );
    }
    for (hash, ok) in [
        ("$P$IynAimOnR4SSV/T69o5rHzrLMKfKDu/", true),
        ("$P$JynAimOnR4SSV/T69o5rHzrLMKfKDu/", false),
        ("$5$rounds=1000000$2QbLxNb1o5T6bcY9$WoQsCk8vWFet6/BQBDWd1EIPmOh5ljQK0zTKjAGP085", true),
        ("$5$rounds=1000001$2QbLxNb1o5T6bcY9$WoQsCk8vWFet6/BQBDWd1EIPmOh5ljQK0zTKjAGP085", false),
        ("$y$jDT$OcvhBkJOx6DW2vpPHlhVq1$oag6z1ZvpHbCttwBqmP.GoLqTnwnHJ383y92JvA/Km5", true),
        ("$y$jET$OcvhBkJOx6DW2vpPHlhVq1$oag6z1ZvpHbCttwBqmP.GoLqTnwnHJ383y92JvA/Km5", false),
        ("pbkdf2_sha1$2000001$qmX3zL0cW8nB5vT1$ZNqoGHgbKIgi/SRlVfKcA8J8k8w=", false),
        ("scrypt:524288:8:1$c3ztBIZxNlwwfR1f$5c397059f2a50a53693d94ac37c85335b8a3fd6459209455", false),
        // 10 million iterations.
        ("AQAAAAEAmJaAAAAAEKCE+OpJlKaMdLzfOaFLwt5794ezCFj76fMqInuhLSFFd4/DrbKRMQYZF6Onk46fEA==", false),
    ] {
        assert_eq!(
            read(hash).map(drop).map_err(|f| f.code),
            if ok { Ok(()) } else { Err("hash_too_costly") },
            "{hash}"
        );
    }
    assert_eq!(FirebaseParameters::new("a2V5", "Bw==", 8, 19).err().unwrap().code, "hash_too_costly");
    let bcrypt = |cost: u32| GOOD[0].replace("$04$", &format!("${cost:02}$"));
    read(&bcrypt(16)).unwrap();
    assert_eq!(code(&bcrypt(17)), "hash_too_costly");
}

#[test]
fn a_hash_in_no_accepted_format_is_refused() {
    for hash in [
        "",
        "secret",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$1$salt$hash",
        "$2$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e$",
        "$2y$03$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$2y$+4$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$2y$04$abcdefghijklmnopqrstuujydOTSfIH",
        "$argon2x$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ",
        "$argon2id$v=19$m=256,t=2$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=20$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1,keyid=AAAA$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$pbkdf2-sha256$i=0$c2l4dGVlbiBieXRlcyBvZg$y6QesfSHiadJe14jSg2x291T5Tyg3Jl9BU9qqM70WLU",
        "$pbkdf2-sha256$i=10,l=31$c2l4dGVlbiBieXRlcyBvZg$y6QesfSHiadJe14jSg2x291T5Tyg3Jl9BU9qqM70WLU",
        "$pbkdf2-md5$i=10$c2l4dGVlbiBieXRlcyBvZg$y6QesfSHiadJe14jSg2x291T5Tyg3Jl9BU9qqM70WLU",
        "$pbkdf2-sha256$1000$41wrJURobW2ttdYagzCGsA$TL7d",
        "pbkdf2_sha256$+1000$qmX3zL0cW8nB5vT1$3knZitydTUEzbeemqjYftzM/98seG7kt2EvlgZUf1UQ=",
        "pbkdf2:sha256$iN2Xw8tBdZFw678C$f7dfb937382b0511c0d9fb698d83d54fe6eb36742744d788d43925a8328b2890",
        "scrypt$15$qmX3zL0cW8nB5vT1$8$5$jvFjg60GRIyNlFux6SOnHxidUd8xfeu7DWvMCaF6EJ9ibxhv6BNgC1pekEtKAQy2PfYMIIPQRz5NZRK9emLdgg==",
        "$5$rounds=999$2QbLxNb1o5T6bcY9$WoQsCk8vWFet6/BQBDWd1EIPmOh5ljQK0zTKjAGP085",
        "$6$rounds=1000$2QbLxNb1o5T6bcY9$WoQsCk8vWFet6/BQBDWd1EIPmOh5ljQK0zTKjAGP085",
        "$y$j95/0$OcvhBkJOx6DW2vpPHlhVq1$oag6z1ZvpHbCttwBqmP.GoLqTnwnHJ383y92JvA/Km5",
        "$P$4ynAimOnR4SSV/T69o5rHzrLMKfKDu/",
        "{SSHA}9s3DGk9i45gHD9LPqWH4GkU3E5k=",
        "$wp$2b$04$nA8iAHDsqTUpCOEtsHmrCuoWDeTGJK9onXT/jutRf02V1aoQdHJOC",
    ] {
        assert_eq!(code(hash), "unknown_hash_format", "{hash}");
    }
}

#[test]
fn a_rejected_hash_is_named_with_the_way_out() {
    for (hash, name) in [
        ("$1$wfLBVJcb$.G//c8m.llm8fyE6h9sat/", "is an MD5 hash of crypt(3), which is too weak to be accepted"),
        ("{SHA}9s3DGk9i45gHD9LPqWH4GkU3E5k=", "is an unsalted SHA-1 digest of LDAP, which is too weak to be accepted"),
        ("{crypt}rqXexS6ZhobKA", "is a DES hash of crypt(3), which is too weak to be accepted"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "is a digest in hex without a salt, or one whose salt is elsewhere"),
        ("hunter2hunter2", "is in none of the accepted formats of password hashes"),
        (
            "$2$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
            "is a $2$ bcrypt hash, which cannot be verified",
        ),
        (
            "$2b$31$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
            "has a bcrypt cost above 16, the accepted maximum",
        ),
    ] {
        let detail = read(hash).unwrap_err().detail;
        assert_eq!(detail, format!("{name} (leave it out, and the user resets the password)"));
    }
}

#[test]
fn the_mark_of_an_account_without_a_password_has_a_code_of_its_own() {
    // Django, shadow(5).
    for mark in ["!0kr4iLTVSxkj9fUm1kK8TCpIJ9bQ9aH8TBM1b0Jt", "!", "*"] {
        assert_eq!(code(mark), "unusable_password");
    }
}

#[test]
fn a_credential_of_keycloak_that_is_not_accepted_is_refused() {
    let secret = json!({ "value": "HBACs/j8VUJ3UyE7ohdLIb+FbRk=", "salt": "AAECAwQFBgcICQoLDA0ODw==" });
    for data in [
        json!({ "hashIterations": 1000, "algorithm": "hmac" }),
        json!({ "hashIterations": -1, "algorithm": "pbkdf2" }),
        json!({ "hashIterations": 5, "algorithm": "argon2" }),
        json!("{"),
        json!(null),
    ] {
        assert_eq!(keycloak(&data, &secret).unwrap_err().code, "unknown_hash_format", "{data}");
    }
    let costly = json!({ "hashIterations": 2_000_001, "algorithm": "pbkdf2" });
    assert_eq!(keycloak(&costly, &secret).unwrap_err().code, "hash_too_costly");
    let bcrypt = json!({ "value": GOOD[0], "salt": "" });
    assert_eq!(keycloak(&json!({ "hashIterations": 4, "algorithm": "bcrypt" }), &bcrypt).as_deref(), Ok(GOOD[0]));
}

#[test]
fn a_fault_of_the_parameters_of_firebase_is_named() {
    let shown = "algorithm: SCRYPT,\nbase64_signer_key: a2V5,\nbase64_salt_separator: Bw==,\nrounds: 8,\nmem_cost: 14,";
    assert!(FirebaseParameters::parse(&shown.replace('\n', "\r\n")).is_ok());
    for (from, to, fault) in [
        ("base64_signer_key", "key", "the parameters of Firebase lack base64_signer_key"),
        ("rounds: 8", "rounds: eight", "rounds of Firebase is not a number"),
        ("SCRYPT", "BCRYPT", "the parameters of Firebase are for another algorithm than SCRYPT"),
        ("Bw==", "???", "the salt separator of Firebase is not base64"),
    ] {
        assert_eq!(FirebaseParameters::parse(&shown.replace(from, to)).err().unwrap().detail, fault);
    }
}

#[test]
fn a_hash_of_firebase_belongs_to_a_project_with_its_signer_key() {
    assert_eq!(FirebaseParameters::new("%", "Bw==", 8, 14).err().unwrap().code, "bad_parameter");
    assert_eq!(FirebaseParameters::new("", "Bw==", 8, 14).err().unwrap().code, "bad_parameter");
    let project = FirebaseParameters::new("a2V5", "Bw==", 8, 14).unwrap();
    for hash in ["lSrfV15cpx95", "%"] {
        assert_eq!(firebase(&project, hash, "42xEC+ixf3L2lw==").unwrap_err().code, "unknown_hash_format");
    }
}

#[test]
fn a_long_password_does_not_multiply_the_work_of_a_hash_that_reads_it_in_every_round() {
    let long = "x".repeat(513);
    for hash in [
        "$P$5ynAimOnR4SSV/T69o5rHzrLMKfKDu/",
        "$5$rounds=1000$2QbLxNb1o5T6bcY9$WoQsCk8vWFet6/BQBDWd1EIPmOh5ljQK0zTKjAGP085",
    ] {
        assert!(!StoredHash::parse(hash).unwrap().matches(&long));
    }
}

#[test]
fn a_hash_that_needs_memory_waits_until_others_have_released_theirs() {
    let scrypt = GOOD[3].replace("ln=4", "ln=17");
    for (hash, kib) in
        [(GOOD[0], 0), (GOOD[2], 0), (ARGON2, 256), (GOOD[3], 17), (scrypt.as_str(), 131_073), (YESCRYPT, 16_388)]
    {
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
    fn no_text_makes_the_parser_panic(text in "\\PC*", head in "(\\$(2[abxy]|argon2id|scrypt|pbkdf2-sha256|5|6|y|P|S|wp\\$2y|bcrypt-sha256)\\$|pbkdf2_sha1\\$|scrypt[:$]|\\{SSHA\\})") {
        let _ = read(&text);
        let _ = read(&format!("{head}{text}"));
    }

    #[test]
    fn no_parameters_make_the_parser_panic(
        head in "(argon2id(\\$v=[0-9]{1,3})?|(firebase-)?scrypt|pbkdf2-sha256)",
        params in "((m|t|p|i|l|ln|r)=[0-9]{1,10},?){0,4}",
        salt in "[A-Za-z0-9+/]{0,70}",
        hash in "[A-Za-z0-9+/]{0,90}",
    ) {
        let _ = read(&format!("${head}${params}${salt}${hash}"));
    }
}

//! Stored password hashes: our own bcrypt, and those of users imported from other systems.
//!
//! Accepted formats are bcrypt (`$2a$`, `$2b$`, `$2y$`), and in PHC form argon2id (RFC 9106), `pbkdf2-sha256` (RFC 8018) and
//! scrypt (RFC 7914). The cost of each is limited, because the hash decides how much work a sign-in makes.

use super::memory_budget::MemoryBudget;
use aws_lc_rs::pbkdf2;
use phc::PasswordHash;
use std::num::NonZeroU32;
use usher_domain::Fault;

/// Highest cost of an accepted bcrypt hash: 2^16 rounds, some 4 s of one core.
const MAX_BCRYPT_COST: u32 = 16;
/// Most memory, in KiB, of an accepted argon2 or scrypt hash, and of all that are computed at the same time.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// Most passes of an accepted argon2 hash.
const MAX_ARGON2_PASSES: u32 = 10;
/// Most lanes of an accepted argon2 hash.
const MAX_ARGON2_LANES: u32 = 8;
/// Most iterations of an accepted PBKDF2 hash.
const MAX_PBKDF2_ITERATIONS: u32 = 2_000_000;
/// Most memory, in KiB, that an accepted scrypt hash goes through in sequence: parallel blocks multiply the time, not the memory.
const MAX_SCRYPT_WORK_KIB: u32 = 4 * MAX_MEMORY_KIB;

/// The memory that all hashing threads share.
static MEMORY: MemoryBudget = MemoryBudget::new(MAX_MEMORY_KIB);

/// Lowest cost that bcrypt supports.
const MIN_BCRYPT_COST: u32 = 4;

/// Checks that an imported hash can be verified here, and at an acceptable cost, without computing anything.
///
/// # Errors
/// `unknown_hash_format` for a text in none of the accepted formats, `hash_too_costly` for one above a limit.
pub fn validate(hash: &str) -> Result<(), Fault> {
    StoredHash::parse(hash).map(drop)
}

/// A parsed hash, with parameters within the limits.
pub(crate) enum StoredHash<'a> {
    Bcrypt { cost: u32, text: &'a str },
    Argon2 { engine: Box<argon2::Argon2<'static>>, salt: phc::Salt, expected: phc::Output },
    Pbkdf2 { iterations: NonZeroU32, salt: phc::Salt, expected: phc::Output },
    Scrypt { params: scrypt::Params, salt: phc::Salt, expected: phc::Output },
}

impl<'a> StoredHash<'a> {
    /// Parses a hash; the errors are those of [`validate`].
    pub(crate) fn parse(hash: &'a str) -> Result<Self, Fault> {
        if hash.starts_with("$2") { Self::parse_bcrypt(hash) } else { Self::parse_phc(hash) }
    }

    /// Computes the hash of `password`, which takes as long as its parameters demand, and compares in constant time. Waits until
    /// there is memory for it.
    ///
    /// The hash is also computed for a password that bcrypt would read only in part, which never matches.
    pub(crate) fn matches(&self, password: &str) -> bool {
        let _memory = MEMORY.reserve(self.memory_kib());
        match self {
            Self::Bcrypt { text, .. } => {
                bcrypt::verify(password, text).unwrap_or(false) && bcrypt_reads_all_of(password)
            }
            Self::Argon2 { engine, salt, expected } => derives(expected, |computed| {
                engine.hash_password_into(password.as_bytes(), salt.as_ref(), computed).is_ok()
            }),
            Self::Pbkdf2 { iterations, salt, expected } => pbkdf2::verify(
                pbkdf2::PBKDF2_HMAC_SHA256,
                *iterations,
                salt.as_ref(),
                password.as_bytes(),
                expected.as_bytes(),
            )
            .is_ok(),
            Self::Scrypt { params, salt, expected } => derives(expected, |computed| {
                scrypt::scrypt(password.as_bytes(), salt.as_ref(), params, computed).is_ok()
            }),
        }
    }

    /// The memory that computing it takes, in KiB; 0 where it is negligible.
    fn memory_kib(&self) -> u32 {
        match self {
            Self::Bcrypt { .. } | Self::Pbkdf2 { .. } => 0,
            Self::Argon2 { engine, .. } => engine.params().m_cost(),
            Self::Scrypt { params, .. } => {
                let blocks = 1_u64.checked_shl(params.log_n().into()).unwrap_or(u64::MAX);
                let blocks = blocks.saturating_add(params.p().into());
                let bytes = blocks.saturating_mul(params.r().into()).saturating_mul(128);
                u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
            }
        }
    }

    fn parse_bcrypt(text: &'a str) -> Result<Self, Fault> {
        // `$2x$` marks hashes of an implementation that misread bytes above 127, which the library cannot compute.
        if text.starts_with("$2x$") {
            return Err(unknown("is a $2x$ bcrypt hash, which cannot be verified"));
        }
        let parts: bcrypt::HashParts = text.parse().map_err(|_| unknown("is not a well-formed bcrypt hash"))?;
        // The library also accepts `+4` as a cost.
        if !text.get(4..6).is_some_and(|cost| cost.bytes().all(|digit| digit.is_ascii_digit())) {
            return Err(unknown("is not a well-formed bcrypt hash"));
        }
        let cost = parts.get_cost();
        if cost < MIN_BCRYPT_COST {
            return Err(unknown("has a bcrypt cost below 4"));
        }
        at_most("bcrypt cost", cost, MAX_BCRYPT_COST)?;
        Ok(Self::Bcrypt { cost, text })
    }

    fn parse_phc(text: &str) -> Result<Self, Fault> {
        let phc = PasswordHash::new(text).map_err(|_| unknown("is neither a bcrypt hash nor a PHC string"))?;
        let (Some(salt), Some(expected)) = (phc.salt, phc.hash) else {
            return Err(unknown("has no salt or no hash"));
        };
        match phc.algorithm.as_str() {
            "argon2id" => {
                let [memory, passes, lanes] = parameters(&phc, ["m", "t", "p"])?;
                at_most("argon2 memory in KiB", memory, MAX_MEMORY_KIB)?;
                at_most("argon2 passes", passes, MAX_ARGON2_PASSES)?;
                at_most("argon2 lanes", lanes, MAX_ARGON2_LANES)?;
                // Hashes without a version are of version 16: they were made before hashes named it.
                let version = argon2::Version::try_from(phc.version.unwrap_or(0x10))
                    .map_err(|_| unknown("has an unknown argon2 version"))?;
                let params = argon2::Params::new(memory, passes, lanes, Some(expected.len()))
                    .map_err(|_| unknown("has an invalid combination of argon2 parameters"))?;
                let engine = Box::new(argon2::Argon2::new(argon2::Algorithm::Argon2id, version, params));
                Ok(Self::Argon2 { engine, salt, expected })
            }
            "pbkdf2-sha256" => {
                let [iterations] = parameters(&phc, ["i"])?;
                at_most("PBKDF2 iterations", iterations, MAX_PBKDF2_ITERATIONS)?;
                same_length(&phc, &expected)?;
                let iterations = NonZeroU32::new(iterations).ok_or_else(|| unknown("has no PBKDF2 iterations"))?;
                Ok(Self::Pbkdf2 { iterations, salt, expected })
            }
            "scrypt" => {
                let [log_n, r, p] = parameters(&phc, ["ln", "r", "p"])?;
                let n = 1_u64.checked_shl(log_n).unwrap_or(u64::MAX);
                let kib = |blocks: u64| {
                    let bytes = blocks.saturating_mul(u64::from(r)).saturating_mul(128);
                    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
                };
                at_most("scrypt memory in KiB", kib(n.max(u64::from(p))), MAX_MEMORY_KIB)?;
                at_most("scrypt work in KiB", kib(n.saturating_mul(u64::from(p))), MAX_SCRYPT_WORK_KIB)?;
                same_length(&phc, &expected)?;
                let log_n = u8::try_from(log_n).unwrap_or(u8::MAX);
                let params = scrypt::Params::new(log_n, r, p)
                    .map_err(|_| unknown("has an invalid combination of scrypt parameters"))?;
                Ok(Self::Scrypt { params, salt, expected })
            }
            _ => Err(unknown("is of an algorithm other than bcrypt, argon2id, pbkdf2-sha256 and scrypt")),
        }
    }
}

/// Whether bcrypt takes every byte of this password into account: it reads 72 bytes and stops at a NUL.
fn bcrypt_reads_all_of(password: &str) -> bool {
    password.len() <= 72 && !password.as_bytes().contains(&0)
}

/// Whether `compute` fills in what is expected, compared in constant time.
fn derives(expected: &phc::Output, compute: impl FnOnce(&mut [u8]) -> bool) -> bool {
    let mut computed = [0; phc::Output::MAX_LENGTH];
    let computed = &mut computed[..expected.len()];
    compute(computed) && aws_lc_rs::constant_time::verify_slices_are_equal(computed, expected.as_bytes()).is_ok()
}

/// The named decimal parameters. Any other parameter would change the meaning of the hash (argon2's `keyid`), so only the length of
/// the output may be there as well.
fn parameters<const N: usize>(phc: &PasswordHash, names: [&str; N]) -> Result<[u32; N], Fault> {
    let known = |name: &str| names.contains(&name) || name == "l";
    if phc.params.iter().any(|(name, _)| !known(name.as_str())) {
        return Err(unknown("has unknown parameters"));
    }
    let mut values = [0; N];
    for (value, name) in values.iter_mut().zip(names) {
        *value = phc.params.get_decimal(name).ok_or_else(|| unknown("lacks a parameter of its algorithm"))?;
    }
    Ok(values)
}

fn same_length(phc: &PasswordHash, expected: &phc::Output) -> Result<(), Fault> {
    match phc.params.get("l").map(|l| l.decimal()) {
        None => Ok(()),
        Some(Ok(length)) if usize::try_from(length) == Ok(expected.len()) => Ok(()),
        Some(_) => Err(unknown("declares another length than it has")),
    }
}

fn at_most(what: &str, value: u32, ceiling: u32) -> Result<(), Fault> {
    if value <= ceiling {
        return Ok(());
    }
    Err(Fault::new("hash_too_costly", format!("{what} is above {ceiling}, the accepted maximum")))
}

fn unknown(detail: &'static str) -> Fault {
    Fault::new("unknown_hash_format", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn an_imported_hash_takes_a_long_password_whole_and_bcrypt_does_not() {
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
}

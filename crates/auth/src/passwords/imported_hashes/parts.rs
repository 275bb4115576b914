//! The parts of a stored hash, for systems that take them apart.

use super::{StoredHash, encoding::to_base64};

/// A hash of an algorithm that other systems have as well. Salts and keys are bytes.
pub enum HashParts {
    /// As crypt(3) writes it.
    Bcrypt {
        cost: u32,
        text: String,
    },
    Argon2(Argon2Parts),
    Pbkdf2(Pbkdf2Parts),
    Scrypt {
        blocks: u64,
        r: u32,
        p: u32,
        salt: Vec<u8>,
        key: Vec<u8>,
    },
    /// A salted digest with its label, as it is stored.
    Ldap,
}

pub struct Argon2Parts {
    /// `i`, `d` or `id`.
    pub kind: String,
    /// 16 or 19.
    pub version: u32,
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
    pub salt: Vec<u8>,
    pub key: Vec<u8>,
}

pub struct Pbkdf2Parts {
    /// `sha1`, `sha256`, `sha384` or `sha512`.
    pub digest: &'static str,
    pub iterations: u32,
    pub salt: Vec<u8>,
    pub key: Vec<u8>,
}

impl Argon2Parts {
    /// The PHC string.
    pub fn to_phc(&self) -> String {
        let Self { kind, version, memory_kib, passes, lanes, salt, key } = self;
        let (salt, key) = (to_base64(salt), to_base64(key));
        format!("$argon2{kind}$v={version}$m={memory_kib},t={passes},p={lanes}${salt}${key}")
    }
}

impl Pbkdf2Parts {
    /// The PHC string.
    pub fn to_phc(&self) -> String {
        let Self { digest, iterations, salt, key } = self;
        format!("$pbkdf2-{digest}$i={iterations},l={}${}${}", key.len(), to_base64(salt), to_base64(key))
    }
}

/// The parts of a stored hash. `None` if its algorithm is peculiar to one system.
pub fn parts(stored: &str) -> Option<HashParts> {
    match StoredHash::parse(stored).ok()? {
        StoredHash::Bcrypt(hash) if hash.is_plain() => {
            Some(HashParts::Bcrypt { cost: hash.cost, text: hash.to_crypt() })
        }
        StoredHash::Argon2(hash) => Some(HashParts::Argon2(Argon2Parts {
            kind: hash.algorithm.as_str().trim_start_matches("argon2").to_owned(),
            version: hash.version.into(),
            memory_kib: hash.params.m_cost(),
            passes: hash.params.t_cost(),
            lanes: hash.params.p_cost(),
            salt: hash.salt.as_ref().to_vec(),
            key: hash.expected.as_bytes().to_vec(),
        })),
        StoredHash::Pbkdf2(hash) => Some(HashParts::Pbkdf2(Pbkdf2Parts {
            digest: hash.digest.name(),
            iterations: hash.iterations.get(),
            salt: hash.salt,
            key: hash.expected,
        })),
        StoredHash::Scrypt(hash) => Some(HashParts::Scrypt {
            blocks: 1 << hash.params.log_n(),
            r: hash.params.r(),
            p: hash.params.p(),
            salt: hash.salt,
            key: hash.expected,
        }),
        StoredHash::SaltedDigest(_) => Some(HashParts::Ldap),
        StoredHash::Bcrypt(_)
        | StoredHash::Firebase(_)
        | StoredHash::Yescrypt(_)
        | StoredHash::ShaCrypt(_)
        | StoredHash::Phpass(_) => None,
    }
}

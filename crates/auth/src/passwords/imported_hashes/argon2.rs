//! Argon2 (RFC 9106) in PHC form: `$argon2id$v=19$m=65536,t=3,p=4$salt$hash`, and the same for `argon2i` and `argon2d`.

use super::{
    StoredHash, derives,
    encoding::Phc,
    limits::{MAX_ARGON2_LANES, MAX_ARGON2_PASSES, MAX_MEMORY_KIB, at_most, unknown},
};
use argon2::{Algorithm, Params, Version};
use usher_domain::Fault;

pub(crate) struct Argon2 {
    pub(super) algorithm: Algorithm,
    pub(super) version: Version,
    pub(super) params: Params,
    pub(super) salt: phc::Salt,
    pub(super) expected: phc::Output,
}

pub(super) fn phc(text: &str) -> Result<StoredHash, Fault> {
    let phc = Phc::parse(text)?;
    let algorithm = Algorithm::new(phc.algorithm()).map_err(|_| unknown("is of an unknown kind of argon2"))?;
    let [memory, passes, lanes] = phc.parameters(["m", "t", "p"])?;
    at_most("argon2 memory in KiB", memory, MAX_MEMORY_KIB)?;
    at_most("argon2 passes", passes, MAX_ARGON2_PASSES)?;
    at_most("argon2 lanes", lanes, MAX_ARGON2_LANES)?;
    // Hashes without a version are of version 16: they were made before hashes named it.
    let version =
        Version::try_from(phc.version().unwrap_or(0x10)).map_err(|_| unknown("has an unknown argon2 version"))?;
    let params = Params::new(memory, passes, lanes, Some(phc.expected.len()))
        .map_err(|_| unknown("has an invalid combination of argon2 parameters"))?;
    Ok(StoredHash::Argon2(Argon2 { algorithm, version, params, salt: phc.salt, expected: phc.expected }))
}

impl Argon2 {
    pub(super) fn matches(&self, password: &str) -> bool {
        derives(self.expected.as_bytes(), |computed| {
            let engine = argon2::Argon2::new(self.algorithm, self.version, self.params.clone());
            engine.hash_password_into(password.as_bytes(), self.salt.as_ref(), computed).is_ok()
        })
    }

    pub(super) fn memory_kib(&self) -> u32 {
        self.params.m_cost()
    }
}

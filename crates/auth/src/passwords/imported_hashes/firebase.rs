//! Firebase's modified scrypt: the key that scrypt derives encrypts the signer key of the project, and the hash is the result.
//!
//! The signer key is a secret of the whole project, so it is not stored. AES in counter mode is an exclusive or with a
//! keystream. Taking the signer key out of the hash leaves the keystream, which is stored, and which verifies a password as
//! well as the hash does.

use super::{
    StoredHash, derives,
    encoding::{Phc, base64_or_base64url, number, to_base64},
    limits::{at_most, unknown},
    scrypt::{memory_kib, parameters},
};
use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use scrypt::Params;
use usher_domain::Fault;

/// The binary logarithm of a number of blocks that no accepted hash has.
const MAX_MEMORY_COST: u32 = 32;

/// The parameters of a Firebase project, as its console shows them.
pub struct FirebaseParameters {
    signer_key: Vec<u8>,
    salt_separator: Vec<u8>,
    rounds: u32,
    memory_cost: u32,
}

impl FirebaseParameters {
    /// Reads the text that the console shows as *password hash parameters*: a name, a colon and a value on each line.
    ///
    /// # Errors
    /// As [`new`](Self::new), and `bad_parameter` for what is missing or is no number.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let value = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once(':'));
            let value = lines.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim());
            let value = value.map(|value| value.trim_end_matches(',').trim_matches('"'));
            value.ok_or_else(|| Fault::new("bad_parameter", format!("the parameters of Firebase lack {name}")))
        };
        let counted = |name: &str| {
            let value = number(value(name)?);
            value.ok_or_else(|| Fault::new("bad_parameter", format!("{name} of Firebase is not a number")))
        };
        if value("algorithm").is_ok_and(|algorithm| algorithm != "SCRYPT") {
            return Err(Fault::new(
                "bad_parameter",
                "the parameters of Firebase are for another algorithm than SCRYPT",
            ));
        }
        let (rounds, memory_cost) = (counted("rounds")?, counted("mem_cost")?);
        Self::new(value("base64_signer_key")?, value("base64_salt_separator")?, rounds, memory_cost)
    }

    /// Takes the signer key, which is a secret, and the salt separator in base64.
    ///
    /// # Errors
    /// `bad_parameter` for a text that is not base64, `hash_too_costly` above a limit.
    pub fn new(signer_key: &str, salt_separator: &str, rounds: u32, memory_cost: u32) -> Result<Self, Fault> {
        let decoded = |text: &str, what| {
            let bytes = base64_or_base64url(text.trim());
            bytes.ok_or_else(|| Fault::new("bad_parameter", format!("the {what} of Firebase is not base64")))
        };
        let (signer_key, salt_separator) =
            (decoded(signer_key, "signer key")?, decoded(salt_separator, "salt separator")?);
        if signer_key.is_empty() {
            return Err(Fault::new("bad_parameter", "the signer key of Firebase is empty"));
        }
        at_most("a Firebase memory cost", memory_cost, MAX_MEMORY_COST)?;
        parameters(memory_cost, rounds, 1)?;
        Ok(Self { signer_key, salt_separator, rounds, memory_cost })
    }
}

/// Reads a hash and its salt, both in base64 with either alphabet, and returns the text to store, which does not have the
/// signer key.
///
/// # Errors
/// As [`read`](super::read).
pub fn firebase(parameters: &FirebaseParameters, hash: &str, salt: &str) -> Result<String, Fault> {
    let decoded = base64_or_base64url(hash.trim()).zip(base64_or_base64url(salt.trim()));
    let (hash, mut salt) = decoded.ok_or_else(|| unknown("is a Firebase hash that is not base64"))?;
    if hash.len() != parameters.signer_key.len() {
        return Err(unknown("is not a Firebase hash of a project with this signer key"));
    }
    let keystream: Vec<u8> = hash.iter().zip(&parameters.signer_key).map(|(hash, key)| hash ^ key).collect();
    salt.extend_from_slice(&parameters.salt_separator);
    let FirebaseParameters { rounds, memory_cost, .. } = parameters;
    let (salt, keystream) = (to_base64(&salt), to_base64(&keystream));
    super::read(&format!("$firebase-scrypt$ln={memory_cost},r={rounds}${salt}${keystream}"))
}

pub(crate) struct Firebase {
    pub(super) params: Params,
    salt: phc::Salt,
    keystream: phc::Output,
}

/// `$firebase-scrypt$ln=14,r=8$salt$keystream`, where the salt has the separator.
pub(super) fn stored(text: &str) -> Result<StoredHash, Fault> {
    let phc = Phc::parse(text)?;
    let [log_n, r] = phc.parameters(["ln", "r"])?;
    Ok(StoredHash::Firebase(Firebase { params: parameters(log_n, r, 1)?, salt: phc.salt, keystream: phc.expected }))
}

impl Firebase {
    pub(super) fn matches(&self, password: &str) -> bool {
        derives(self.keystream.as_bytes(), |computed| {
            let mut key = [0; 32];
            scrypt::scrypt(password.as_bytes(), self.salt.as_ref(), &self.params, &mut key).is_ok()
                && keystream(&key, computed).is_ok()
        })
    }

    pub(super) fn memory_kib(&self) -> u32 {
        memory_kib(&self.params)
    }
}

/// Fills in the keystream of AES-256 in counter mode, counted from zero.
fn keystream(key: &[u8], zeros: &mut [u8]) -> Result<(), aws_lc_rs::error::Unspecified> {
    let key = EncryptingKey::ctr(UnboundCipherKey::new(&AES_256, key)?)?;
    key.less_safe_encrypt(zeros, EncryptionContext::Iv128([0; 16].into())).map(drop)
}

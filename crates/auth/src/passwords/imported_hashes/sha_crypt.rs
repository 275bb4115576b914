//! The SHA-256 and SHA-512 hashes of crypt(3): `$6$rounds=5000$salt$hash`, where the rounds may be absent.

use super::{
    StoredHash,
    encoding::number,
    limits::{MAX_REPEATED_PASSWORD, MAX_SHA_CRYPT_ROUNDS, at_most, unknown},
};
use base64ct::{Base64ShaCrypt, Encoding};
use sha_crypt::{Params, PasswordVerifier};
use usher_domain::Fault;

pub(crate) struct ShaCrypt {
    pub(super) text: String,
}

pub(super) fn sha256(text: &str) -> Result<StoredHash, Fault> {
    parse(text, 32)
}

pub(super) fn sha512(text: &str) -> Result<StoredHash, Fault> {
    parse(text, 64)
}

fn parse(text: &str, digest_length: usize) -> Result<StoredHash, Fault> {
    let malformed = || unknown("is not a well-formed SHA hash of crypt(3)");
    let fields: Vec<_> = text.split('$').skip(2).collect();
    let (rounds, salt, hash) = match fields[..] {
        [salt, hash] => (Params::RECOMMENDED_ROUNDS, salt, hash),
        [rounds, salt, hash] => {
            let rounds = rounds.strip_prefix("rounds=").and_then(number).ok_or_else(malformed)?;
            (rounds, salt, hash)
        }
        _ => return Err(malformed()),
    };
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "./".contains(character);
    let digest = Base64ShaCrypt::decode_vec(hash).ok();
    if !(1..=16).contains(&salt.len())
        || !salt.chars().all(is_plain)
        || digest.is_none_or(|digest| digest.len() != digest_length)
    {
        return Err(malformed());
    }
    at_most("crypt(3) rounds", rounds, MAX_SHA_CRYPT_ROUNDS)?;
    Params::new(rounds).map_err(|_| malformed())?;
    Ok(StoredHash::ShaCrypt(ShaCrypt { text: text.to_owned() }))
}

impl ShaCrypt {
    pub(super) fn matches(&self, password: &str) -> bool {
        password.len() <= MAX_REPEATED_PASSWORD
            && sha_crypt::ShaCrypt::default().verify_password(password.as_bytes(), self.text.as_str()).is_ok()
    }
}

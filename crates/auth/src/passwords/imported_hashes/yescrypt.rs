//! yescrypt of crypt(3): `$y$j9T$salt$hash`.

use super::{
    StoredHash, derives,
    encoding::fields,
    limits::{check_scrypt, scrypt_kib, unknown},
};
use base64ct::{Base64ShaCrypt, Encoding};
use usher_domain::Fault;
use yescrypt::{Mode, Params};

/// Bytes of a hash.
const HASH: usize = 32;

pub(crate) struct Yescrypt {
    pub(super) params: Params,
    salt: Vec<u8>,
    expected: Vec<u8>,
}

pub(super) fn crypt(text: &str) -> Result<StoredHash, Fault> {
    let malformed = || unknown("is not a well-formed yescrypt hash");
    let ["", _, parameters, salt, hash] = fields(text, '$').ok_or_else(malformed)? else { return Err(malformed()) };
    let params = checked(parameters)?;
    let parts = Base64ShaCrypt::decode_vec(salt).ok().zip(Base64ShaCrypt::decode_vec(hash).ok());
    let (salt, expected) = parts.filter(|(_, hash)| hash.len() == HASH).ok_or_else(malformed)?;
    Ok(StoredHash::Yescrypt(Yescrypt { params, salt, expected }))
}

/// Parameters within the limits, of the kind that crypt(3) makes. The library does not tell the time parameter, which has no
/// upper bound: the text must be that of parameters without it.
fn checked(text: &str) -> Result<Params, Fault> {
    let unusual = || unknown("has yescrypt parameters that crypt(3) does not make");
    let params: Params = text.parse().map_err(|_| unusual())?;
    check_scrypt(params.n(), params.r(), params.p())?;
    match Params::new(Mode::Rw, params.n(), params.r(), params.p()) {
        Ok(usual) if usual.to_string() == text => Ok(params),
        _ => Err(unusual()),
    }
}

impl Yescrypt {
    pub(super) fn matches(&self, password: &str) -> bool {
        derives(&self.expected, |computed| {
            yescrypt::yescrypt(password.as_bytes(), &self.salt, &self.params, computed).is_ok()
        })
    }

    pub(super) fn memory_kib(&self) -> u32 {
        scrypt_kib(self.params.n().saturating_add(self.params.p().into()), self.params.r())
    }
}

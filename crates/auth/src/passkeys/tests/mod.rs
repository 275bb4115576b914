//! Ceremonies with an authenticator of another library, and with one of our own that can break every rule.

mod authenticator;
mod clients;
mod creations;
mod keys;
mod parts;
mod requests;

use super::*;

const HANDLE: &[u8] = b"a random handle";
const ORIGIN: &str = "https://id.example.com";

pub fn relying_party() -> RelyingParty {
    let app = "android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    RelyingParty::new("example.com", "usher", [ORIGIN, "https://example.com:8443", app]).unwrap()
}

fn user() -> NewUser<'static> {
    NewUser { handle: HANDLE, name: "ada", display_name: "Ada Lovelace" }
}

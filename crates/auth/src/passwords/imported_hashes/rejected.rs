//! Names what is not accepted.

use super::{
    encoding::strip_prefix_ignoring_case,
    limits::{unknown, unusable},
};
use usher_domain::Fault;

/// How known formats begin, and what they are.
const KNOWN: [(&str, &str); 18] = [
    ("$1$", "is an MD5 hash of crypt(3), which is too weak to be accepted"),
    ("$apr1$", "is an MD5 hash of Apache, which is too weak to be accepted"),
    ("$md5", "is an MD5 hash of Solaris, which is too weak to be accepted"),
    ("$sha1$", "is a SHA-1 hash of crypt(3) on BSD, which cannot be verified"),
    ("$7$", "is an scrypt hash of crypt(3), which cannot be verified"),
    ("$gy$", "is a gost-yescrypt hash, which cannot be verified"),
    ("md5$", "is an MD5 hash of Django, which is too weak to be accepted"),
    ("sha1$", "is a SHA-1 hash of Django, which is too weak to be accepted"),
    ("{MD5}", "is an unsalted MD5 digest of LDAP, which is too weak to be accepted"),
    ("{SMD5}", "is an MD5 digest of LDAP, which is too weak to be accepted"),
    ("{SHA}", "is an unsalted SHA-1 digest of LDAP, which is too weak to be accepted"),
    ("{SHA256}", "is an unsalted SHA-256 digest of LDAP, which is too weak to be accepted"),
    ("{SHA512}", "is an unsalted SHA-512 digest of LDAP, which is too weak to be accepted"),
    ("{noop}", "is a password in plain text"),
    ("{CLEARTEXT}", "is a password in plain text"),
    ("{pbkdf2", "is a PBKDF2 hash of Spring Security, which cannot be verified"),
    ("{scrypt", "is an scrypt hash of Spring Security, which cannot be verified"),
    ("{CRYPT}", "is a DES hash of crypt(3), which is too weak to be accepted"),
];

/// The fault for a text in none of the accepted formats.
pub(super) fn name(text: &str) -> Fault {
    if text.starts_with(['!', '*']) {
        return unusable("marks an account without a usable password");
    }
    if let Some((_, what)) = KNOWN.iter().find(|(start, _)| strip_prefix_ignoring_case(text, start).is_some()) {
        return unknown(what);
    }
    // MD5, SHA-1, SHA-256 and SHA-512.
    if matches!(text.len(), 32 | 40 | 64 | 128) && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return unknown("is a digest in hex without a salt, or one whose salt is elsewhere");
    }
    unknown("is in none of the accepted formats of password hashes")
}

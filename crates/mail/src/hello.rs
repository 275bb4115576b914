//! The name that the service says hello with to a mail server (RFC 5321 §4.1.1.1).

use crate::Author;
use url::{Host, Url};

/// Names that no other machine can resolve (RFC 6761, RFC 6762, and `.internal`, which ICANN keeps for private networks).
const PRIVATE: [&str; 4] = ["localhost", "local", "internal", "invalid"];

/// The host of the public URL, or else the domain that mail is from, if it is a name that a mail server may know. Many
/// servers refuse a client that says hello with `localhost` or with the address of its own machine.
pub fn hello_name(public_url: Option<&str>, author: &Author) -> Option<String> {
    let host = public_url.and_then(|url| match Url::parse(url).ok()?.host()? {
        Host::Domain(domain) => Some(domain.to_owned()),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    });
    host.filter(|name| is_public(name)).or_else(|| author.domain().filter(|name| is_public(name)))
}

fn is_public(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    match name.rsplit_once('.') {
        Some((_, last)) => {
            // An address is not a name.
            last.starts_with(|c: char| c.is_ascii_alphabetic())
                && !PRIVATE.iter().any(|it| it.eq_ignore_ascii_case(last))
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_says_hello_with_a_name_that_others_know() {
        for (public_url, from, expected) in [
            (Some("https://id.example.com"), "no-reply@example.org", Some("id.example.com")),
            (Some("https://id.example.com:8443/auth"), "no-reply@example.org", Some("id.example.com")),
            (Some("https://münchen.de"), "no-reply@example.org", Some("xn--mnchen-3ya.de")),
            (None, "Example <no-reply@example.org>", Some("example.org")),
            (None, "no-reply@münchen.de", Some("xn--mnchen-3ya.de")),
            (Some("http://localhost:8080"), "no-reply@example.org", Some("example.org")),
            (Some("http://usher:8080"), "no-reply@example.org", Some("example.org")),
            (Some("http://usher.localhost:8080"), "no-reply@example.org", Some("example.org")),
            (Some("https://id.corp.internal"), "no-reply@example.org", Some("example.org")),
            (Some("http://203.0.113.7:8080"), "no-reply@example.org", Some("example.org")),
            (Some("http://[2001:db8::7]:8080"), "no-reply@example.org", Some("example.org")),
            (Some("http://localhost"), "usher@localhost", None),
            (None, "usher@203.0.113.7", None),
        ] {
            let author = from.parse().unwrap();
            assert_eq!(hello_name(public_url, &author).as_deref(), expected, "{public_url:?}, {from}");
        }
    }
}

//! The name of the service in the EHLO command (RFC 5321 §4.1.1.1).

use crate::Sender;
use url::{Host, Url};

/// Top-level names that other machines cannot resolve (RFC 6761, RFC 6762, and `.internal`, which ICANN reserves for private
/// networks).
const PRIVATE: [&str; 4] = ["localhost", "local", "internal", "invalid"];

/// The host of the public URL, or else the domain of the sender, if it is a public name. Many servers refuse clients that
/// introduce themselves as `localhost` or by the address of their own machine.
pub fn hello_name(public_url: Option<&str>, sender: &Sender) -> Option<String> {
    let host = public_url.and_then(|url| match Url::parse(url).ok()?.host()? {
        Host::Domain(domain) => Some(domain.to_owned()),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    });
    host.filter(|name| is_public(name)).or_else(|| sender.domain().ok().filter(|name| is_public(name)))
}

fn is_public(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    match name.rsplit_once('.') {
        Some((_, last)) => {
            // An IP address is not a name.
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
    fn the_ehlo_name_is_a_name_that_others_can_resolve() {
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
            let sender = from.parse().unwrap();
            assert_eq!(hello_name(public_url, &sender).as_deref(), expected, "{public_url:?}, {from}");
        }
    }
}

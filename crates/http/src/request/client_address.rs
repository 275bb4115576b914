//! The address of the client, as trusted proxies report it.

use actix_web::http::header::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr, SocketAddrV4};

/// The client's address: the peer's, or, if the peer is a trusted proxy, the last one in `X-Forwarded-For` that is not a
/// trusted proxy.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted_proxies: &[IpNet]) -> IpAddr {
    let mut address = peer.to_canonical();
    let trusted = |address: IpAddr| trusted_proxies.iter().any(|net| net.contains(&address));
    // What a client sends is in the same field as what the proxies append, and may not be text.
    let forwarded: Vec<&[u8]> =
        headers.get_all("x-forwarded-for").flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).collect();
    for hop in forwarded.into_iter().rev() {
        if !trusted(address) {
            break;
        }
        let Some(hop) = str::from_utf8(hop).ok().and_then(parse) else { break };
        address = hop.to_canonical();
    }
    address
}

/// An entry of `X-Forwarded-For`: an address as proxies write it, with or without a port, brackets, a zone or quotes. The port
/// and the zone are dropped: clients could choose them, and evade rate limits with each new one.
fn parse(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim_matches([' ', '\t']);
    let entry = entry.strip_prefix('"').and_then(|entry| entry.strip_suffix('"')).unwrap_or(entry);
    if let Ok(with_port) = entry.parse::<SocketAddrV4>() {
        return Some(IpAddr::V4(*with_port.ip()));
    }
    let Some(bracketed) = entry.strip_prefix('[') else { return without_zone(entry).parse().ok() };
    let (address, after) = bracketed.split_once(']')?;
    let address = without_zone(address);
    // The standard library decides what is a port.
    let port = after.is_empty() || format!("[::]{after}").parse::<SocketAddr>().is_ok();
    if port { address.parse().ok().map(IpAddr::V6) } else { None }
}

/// An IPv6 address without the zone that may follow it (RFC 4007 §11).
fn without_zone(text: &str) -> &str {
    match text.split_once('%') {
        Some((address, zone)) if address.contains(':') && is_zone(zone) => address,
        _ => text,
    }
}

/// Whether it is the name or the number of an interface, in a URI or not (RFC 6874 §2).
fn is_zone(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    #[test]
    fn nothing_that_a_client_sends_hides_what_its_proxies_add() {
        let [proxy, client] = ["10.0.0.1", "198.51.100.7"].map(|address| address.parse::<IpAddr>().unwrap());
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        for sent in [&b""[..], b"\xff", b"203.0.113.9", b"\"a, b\"", b"10.0.0.9", b"\xff, 10.0.0.9"] {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::from_bytes(&[sent, b", 198.51.100.7, 10.0.0.2"].concat()).unwrap();
            headers.insert(HeaderName::from_static("x-forwarded-for"), value);
            assert_eq!(client_address(proxy, &headers, &trusted), client, "{}", sent.escape_ascii());
        }
    }

    #[test]
    fn an_entry_is_an_address_with_or_without_port_brackets_quotes_and_zone() {
        for (entry, address) in [
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.7:51034", "203.0.113.7"),
            (" \t203.0.113.7:1 ", "203.0.113.7"),
            ("\"203.0.113.7:51034\"", "203.0.113.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("2001:db8::7:443", "2001:db8::7:443"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("\"[2001:db8::7]:443\"", "2001:db8::7"),
            ("\"2001:db8::7\"", "2001:db8::7"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%eth0]:443", "fe80::1"),
            ("[fe80::1%25eth0]", "fe80::1"),
            ("::ffff:203.0.113.7", "::ffff:203.0.113.7"),
            ("[::ffff:203.0.113.7]:443", "::ffff:203.0.113.7"),
        ] {
            assert_eq!(parse(entry), Some(address.parse().unwrap()), "{entry}");
        }
    }

    #[test]
    fn an_invalid_address_is_refused() {
        for entry in [
            "",
            "unknown",
            "_hidden",
            "203.0.113.7:99999",
            "203.0.113.7:",
            "203.0.113.7:-1",
            "203.0.113.7:http",
            "203.0.113.7 :51034",
            "203.0.113.7: 51034",
            "203.0.113.7%eth0",
            "[203.0.113.7]:51034",
            "[203.0.113.7]",
            "203.0.113",
            "[2001:db8::7",
            "2001:db8::7]",
            "2001:db8::7]:443",
            "[2001:db8::7]443",
            "[2001:db8::7]:",
            "[2001:db8::7]:99999",
            "[2001:db8::7] :443",
            "[ 2001:db8::7]",
            "[[2001:db8::7]]",
            "fe80::1%",
            "fe80::1%eth 0",
            "\"203.0.113.7",
            "203.0.113.7\"",
            "\"\"203.0.113.7\"\"",
            "\" 203.0.113.7\"",
            "for=203.0.113.7",
        ] {
            assert_eq!(parse(entry), None, "{entry}");
        }
    }

    #[test]
    fn ports_stop_nowhere_on_the_way_through_the_proxies_also_on_two_lines() {
        let [proxy, client] = ["127.0.0.1", "203.0.113.7"].map(|address| address.parse::<IpAddr>().unwrap());
        let trusted = ["127.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
        for lines in [
            &["203.0.113.7:51034"][..],
            &["192.0.2.9, 203.0.113.7:51034"],
            &["203.0.113.7:51034, [2001:db8::7]:443, 127.0.0.2:80"],
            &["203.0.113.7:51034", "127.0.0.1"],
            &["203.0.113.7", "\"[2001:db8::7]:443\"", "127.0.0.1:9"],
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                let value = HeaderValue::from_static(line);
                headers.append(HeaderName::from_static("x-forwarded-for"), value);
            }
            assert_eq!(client_address(proxy, &headers, &trusted), client, "{lines:?}");
        }
    }
}

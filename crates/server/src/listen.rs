//! Where the service listens, and the URL of that place.

use crate::{failure::Failure, settings::Binding};
use std::{
    fmt,
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    str::FromStr,
};
use url::{Host, Url};

const LISTEN: &str = "USHER_LISTEN";
const LOCALHOST: &str = "localhost";
/// How often a free port is looked for that both loopback addresses have.
const ATTEMPTS: usize = 20;

/// The addresses to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListenAddress {
    /// `localhost`: `127.0.0.1`, and `[::1]` where there is one.
    Localhost(u16),
    At(SocketAddr),
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let port = text.split_once(':').filter(|(host, _)| host.eq_ignore_ascii_case(LOCALHOST));
        match port {
            Some((_, port)) => port.parse().ok().map(Self::Localhost),
            None => text.parse().ok().map(Self::At),
        }
        .ok_or_else(|| "must be an address and a port, such as localhost:8080 or 0.0.0.0:8080".to_owned())
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Localhost(port) => write!(f, "{LOCALHOST}:{port}"),
            Self::At(address) => address.fmt(f),
        }
    }
}

/// The sockets of the service, with the port that was picked if any would do.
pub struct Bound {
    pub sockets: Vec<TcpListener>,
    /// Their URL, without a slash at the end.
    pub url: String,
}

impl ListenAddress {
    /// Each address, before a port is picked.
    pub fn addresses(self) -> Vec<SocketAddr> {
        match self {
            Self::At(address) => vec![address],
            Self::Localhost(port) => [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]
                .map(|ip| SocketAddr::new(ip, port))
                .to_vec(),
        }
    }

    /// Takes the addresses. A `[::1]` that is missing or in use keeps nothing from starting.
    pub fn bind(self) -> Result<Bound, Failure> {
        let sockets = match self {
            Self::At(address) => vec![bind(address)?],
            Self::Localhost(port) => localhost(port)?,
        };
        let first = sockets.first().ok_or_else(|| Failure::new(format!("{LISTEN}: no address")))?;
        let url = url(first.local_addr().map_err(|error| Failure::during(LISTEN, error))?);
        Ok(Bound { sockets, url })
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| Failure::during(&format!("{LISTEN}: cannot listen on {address}"), error))
}

fn localhost(port: u16) -> Result<Vec<TcpListener>, Failure> {
    let v6 = |port| SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut attempts = ATTEMPTS;
    loop {
        let first = match TcpListener::bind(v4) {
            Ok(socket) => socket,
            Err(error) if is_missing(error.kind()) => return Ok(vec![bind(v6(port))?]),
            Err(error) => return Err(Failure::during(&format!("{LISTEN}: cannot listen on {v4}"), error)),
        };
        let picked = first.local_addr().map_err(|error| Failure::during(LISTEN, error))?.port();
        let address = v6(picked);
        match TcpListener::bind(address) {
            Ok(second) => return Ok(vec![first, second]),
            Err(error) if is_missing(error.kind()) => {}
            Err(error) if error.kind() == ErrorKind::AddrInUse && port == 0 && attempts > 0 => {
                attempts -= 1;
                continue;
            }
            Err(error) => {
                let url = url(address);
                tracing::warn!(%error, "{LISTEN}: cannot listen on {address}; {url} may lead to another program there");
            }
        }
        return Ok(vec![first]);
    }
}

/// Whether the machine has no such address, or does not speak that version of IP (`EAFNOSUPPORT`).
fn is_missing(kind: ErrorKind) -> bool {
    !matches!(kind, ErrorKind::AddrInUse | ErrorKind::PermissionDenied)
}

/// The URL of a service that listens on `address`. The loopback addresses that `localhost` resolves to are written as that
/// name: browsers keep passkeys and `Secure` cookies for a name, not for an address.
fn url(address: SocketAddr) -> String {
    match address.ip().to_canonical() {
        IpAddr::V4(Ipv4Addr::LOCALHOST) | IpAddr::V6(Ipv6Addr::LOCALHOST) => {
            format!("http://{LOCALHOST}:{}", address.port())
        }
        _ => format!("http://{address}"),
    }
}

/// What is wrong with the public URL, set or derived from the listen address, if something is: nobody can reach 0.0.0.0.
pub fn unreachable_url(binding: &Binding) -> Option<String> {
    if let Some(url) = &binding.public_url {
        return is_unspecified(url).then(|| {
            format!(
                "USHER_PUBLIC_URL is {url}, which other machines cannot reach: the issuer of tokens and the links in mails \
                 will name it; set it to the URL that clients use"
            )
        });
    }
    let ListenAddress::At(address) = binding.listen.listen else { return None };
    address.ip().to_canonical().is_unspecified().then(|| {
        format!(
            "USHER_PUBLIC_URL is not set and {LISTEN} is {address}: the issuer of tokens and the links in mails will name \
             {address}, which other machines cannot reach; set USHER_PUBLIC_URL to the URL that clients use"
        )
    })
}

/// Whether the host of a URL is the unspecified address.
fn is_unspecified(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => address.is_unspecified(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_unspecified(),
        Some(Host::Domain(_)) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_written_as_localhost_where_that_name_leads_there() {
        for (address, expected) in [
            ("127.0.0.1:8080", "http://localhost:8080"),
            ("[::1]:8080", "http://localhost:8080"),
            ("[::ffff:127.0.0.1]:8080", "http://localhost:8080"),
            ("127.0.0.2:8080", "http://127.0.0.2:8080"),
            ("0.0.0.0:8080", "http://0.0.0.0:8080"),
            ("[2001:db8::7]:8080", "http://[2001:db8::7]:8080"),
        ] {
            assert_eq!(url(address.parse().unwrap()), expected);
        }
    }

    #[test]
    fn a_url_of_the_unspecified_address_is_known_however_it_is_written() {
        for url in ["http://0.0.0.0:8080", "https://[::]/auth", "http://[::ffff:0.0.0.0]:80", "http://0/"] {
            assert!(is_unspecified(url), "{url}");
        }
        for url in ["http://localhost:8080", "https://id.example.com", "http://[::1]:8080", "http://10.0.0.0"] {
            assert!(!is_unspecified(url), "{url}");
        }
    }

    #[test]
    fn a_listen_address_is_an_address_or_localhost_with_a_port() {
        assert_eq!("localhost:0".parse(), Ok(ListenAddress::Localhost(0)));
        assert_eq!("LocalHost:8080".parse(), Ok(ListenAddress::Localhost(8080)));
        assert_eq!("127.0.0.1:8080".parse(), Ok(ListenAddress::At(SocketAddr::from(([127, 0, 0, 1], 8080)))));
        for text in ["8080", "localhost", "localhost:", "localhost:65536", "example.com:8080", "::1:8080", ""] {
            assert!(text.parse::<ListenAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn localhost_has_one_port_on_both_loopback_addresses() {
        let Bound { sockets, url } = ListenAddress::Localhost(0).bind().unwrap();
        let port = sockets[0].local_addr().unwrap().port();
        assert_eq!(url, format!("http://localhost:{port}"));
        assert!(sockets.iter().all(|socket| socket.local_addr().unwrap().port() == port));
        assert_eq!(sockets.len() == 2, TcpListener::bind("[::1]:0").is_ok());
    }

    #[test]
    fn a_loopback_address_of_ipv6_that_is_in_use_keeps_nothing_from_starting() {
        // Without IPv6 there is nothing that could be in use.
        let Ok(other) = TcpListener::bind("[::1]:0") else { return };
        let port = other.local_addr().unwrap().port();
        let Bound { sockets, url } = ListenAddress::Localhost(port).bind().unwrap();
        assert_eq!((sockets.len(), url), (1, format!("http://localhost:{port}")));
        assert!(ListenAddress::Localhost(port).bind().is_err(), "127.0.0.1 is in use now");
    }
}

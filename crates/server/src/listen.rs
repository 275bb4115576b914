//! The addresses that the service listens on, and their URL.

use crate::{
    failure::{Context, Failure},
    settings::{
        ServeSettings,
        listen_address::{LOCALHOST, ListenAddress},
    },
};
use std::{
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
};
use url::{Host, Url};

const LISTEN: &str = "USHER_LISTEN";
/// Maximum number of attempts to find a port that is free on both loopback addresses.
const PORT_ATTEMPTS: usize = 20;

/// The sockets of the service, with the port that was picked for port 0.
pub struct Bound {
    pub sockets: Vec<TcpListener>,
    /// Their URL, without a slash at the end.
    pub url: String,
}

impl ListenAddress {
    /// Binds the addresses. The service starts also if `[::1]` is missing or in use.
    pub fn bind(self) -> Result<Bound, Failure> {
        let sockets = match self {
            Self::At(address) => vec![bind(address)?],
            Self::Localhost(port) => localhost(port)?,
        };
        let first = sockets.first().ok_or_else(|| Failure::new(format!("{LISTEN}: no address")))?;
        let url = url(first.local_addr().context(LISTEN)?);
        Ok(Bound { sockets, url })
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).context(format_args!("{LISTEN}: cannot listen on {address}"))
}

fn localhost(port: u16) -> Result<Vec<TcpListener>, Failure> {
    let v6 = |port| SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut attempts = PORT_ATTEMPTS;
    loop {
        let first = match TcpListener::bind(v4) {
            Ok(socket) => socket,
            Err(error) if is_missing(error.kind()) => return Ok(vec![bind(v6(port))?]),
            Err(error) => {
                return Err(Failure::new(format!("{}: {error}", format_args!("{LISTEN}: cannot listen on {v4}"))));
            }
        };
        let picked = first.local_addr().context(LISTEN)?.port();
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
                tracing::warn!(%error, "{LISTEN}: cannot listen on {address}; {url} may reach another program there");
            }
        }
        return Ok(vec![first]);
    }
}

/// Whether the machine does not have the address, or not that version of IP (`EAFNOSUPPORT`).
fn is_missing(kind: ErrorKind) -> bool {
    !matches!(kind, ErrorKind::AddrInUse | ErrorKind::PermissionDenied)
}

/// The URL of a service that listens on `address`. The loopback addresses of `localhost` are written as that name, because
/// browsers store passkeys and `Secure` cookies for a name, not for an address.
fn url(address: SocketAddr) -> String {
    match address.ip().to_canonical() {
        IpAddr::V4(Ipv4Addr::LOCALHOST) | IpAddr::V6(Ipv6Addr::LOCALHOST) => {
            format!("http://{LOCALHOST}:{}", address.port())
        }
        _ => format!("http://{address}"),
    }
}

/// The URL of a service that listens as these settings say, before it listens.
pub fn expected_url(settings: &ServeSettings) -> String {
    match settings.listen.listen {
        ListenAddress::Localhost(port) => format!("http://{LOCALHOST}:{port}"),
        ListenAddress::At(address) => url(address),
    }
}

/// The warning about a public URL, set or derived from the listen address, that no client can reach, such as 0.0.0.0.
pub fn unreachable_url(settings: &ServeSettings) -> Option<String> {
    if let Some(url) = &settings.public_url {
        return is_unspecified(url).then(|| {
            format!(
                "USHER_PUBLIC_URL is {url}, which other machines cannot reach: the issuer of tokens and the links in mails \
                 will name it; set it to the URL that clients use"
            )
        });
    }
    let ListenAddress::At(address) = settings.listen.listen else { return None };
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
    fn loopback_is_written_as_localhost_if_that_name_resolves_to_it() {
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
    fn the_unspecified_address_in_a_url_is_recognised_in_every_notation() {
        for url in ["http://0.0.0.0:8080", "https://[::]/auth", "http://[::ffff:0.0.0.0]:80", "http://0/"] {
            assert!(is_unspecified(url), "{url}");
        }
        for url in ["http://localhost:8080", "https://id.example.com", "http://[::1]:8080", "http://10.0.0.0"] {
            assert!(!is_unspecified(url), "{url}");
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
    fn the_service_starts_if_the_ipv6_loopback_address_is_in_use() {
        // Without IPv6 the address cannot be in use.
        let Ok(other) = TcpListener::bind("[::1]:0") else { return };
        let port = other.local_addr().unwrap().port();
        let Bound { sockets, url } = ListenAddress::Localhost(port).bind().unwrap();
        assert_eq!((sockets.len(), url), (1, format!("http://localhost:{port}")));
        assert!(ListenAddress::Localhost(port).bind().is_err(), "127.0.0.1 is in use now");
    }
}

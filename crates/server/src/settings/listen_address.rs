//! The address to listen on, as the setting names it.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

pub const LOCALHOST: &str = "localhost";

/// The addresses to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListenAddress {
    /// `localhost`: `127.0.0.1`, and `[::1]` if the machine has it.
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

impl ListenAddress {
    /// Each address, before a port is picked for port 0.
    pub fn addresses(self) -> Vec<SocketAddr> {
        match self {
            Self::At(address) => vec![address],
            Self::Localhost(port) => [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]
                .map(|ip| SocketAddr::new(ip, port))
                .to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listen_address_is_an_address_or_localhost_with_a_port() {
        assert_eq!("localhost:0".parse(), Ok(ListenAddress::Localhost(0)));
        assert_eq!("LocalHost:8080".parse(), Ok(ListenAddress::Localhost(8080)));
        assert_eq!("127.0.0.1:8080".parse(), Ok(ListenAddress::At(SocketAddr::from(([127, 0, 0, 1], 8080)))));
        for text in ["8080", "localhost", "localhost:", "localhost:65536", "example.com:8080", "::1:8080", ""] {
            assert!(text.parse::<ListenAddress>().is_err(), "{text}");
        }
    }
}

//! The networks that contain an address. One client may have many addresses: every IPv6 customer has at least a /64, many a
//! /56, some a /48; a customer of a hosting company often has a whole IPv4 /24. Limits by address apply to each of these
//! networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The size of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Width {
    /// One IPv4 address, or an IPv6 /64.
    Host,
    /// An IPv6 /56.
    Site,
    /// An IPv4 /24, or an IPv6 /48.
    Block,
}

/// A network: an address without its last bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    first: IpAddr,
    width: Width,
}

impl Network {
    /// The network that counts as one client.
    pub fn host(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::v4(address, 32, Width::Host),
            IpAddr::V6(address) => Self::v6(address, 64, Width::Host),
        }
    }

    /// The wider networks, the narrowest first.
    pub fn around(address: IpAddr) -> Vec<Self> {
        match address.to_canonical() {
            IpAddr::V4(address) => vec![Self::v4(address, 24, Width::Block)],
            IpAddr::V6(address) => vec![Self::v6(address, 56, Width::Site), Self::v6(address, 48, Width::Block)],
        }
    }

    pub fn width(self) -> Width {
        self.width
    }

    /// The first address, in network byte order.
    pub fn octets(self) -> Vec<u8> {
        match self.first {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        }
    }

    fn v4(address: Ipv4Addr, prefix: u32, width: Width) -> Self {
        let mask = u32::MAX << (Ipv4Addr::BITS - prefix);
        Self { first: Ipv4Addr::from_bits(address.to_bits() & mask).into(), width }
    }

    fn v6(address: Ipv6Addr, prefix: u32, width: Width) -> Self {
        let mask = u128::MAX << (Ipv6Addr::BITS - prefix);
        Self { first: Ipv6Addr::from_bits(address.to_bits() & mask).into(), width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_in_one_ipv6_network_are_one_client() {
        let host = |text: &str| Network::host(address(text));
        assert_eq!(host("2001:db8::1"), host("2001:db8::ffff:2"));
        assert_ne!(host("2001:db8::1"), host("2001:db8:0:1::1"));
        assert_eq!(host("::ffff:192.0.2.1"), host("192.0.2.1"));
        assert_ne!(host("192.0.2.2"), host("192.0.2.1"));
    }

    #[test]
    fn an_address_belongs_to_wider_networks_up_to_a_48_or_a_24() {
        let shared = |one: &str, other: &str| {
            let (one, other) = (Network::around(address(one)), Network::around(address(other)));
            one.iter().zip(&other).map(|(one, other)| one == other).collect::<Vec<_>>()
        };
        assert_eq!(shared("2001:db8:1:2ab::1", "2001:db8:1:2ff::9"), [true, true]);
        assert_eq!(shared("2001:db8:1:2ab::1", "2001:db8:1:3ab::1"), [false, true]);
        assert_eq!(shared("2001:db8:1:2ab::1", "2001:db8:2:2ab::1"), [false, false]);
        assert_eq!(shared("192.0.2.1", "192.0.2.255"), [true]);
        assert_eq!(shared("192.0.2.1", "::ffff:192.0.2.77"), [true]);
        assert_eq!(shared("192.0.2.1", "192.0.3.1"), [false]);
    }

    #[test]
    fn networks_of_different_widths_differ_even_with_the_same_first_address() {
        for first in ["2001:db8::", "192.0.2.0"] {
            let mut networks = Network::around(address(first));
            networks.push(Network::host(address(first)));
            let octets: Vec<_> = networks.iter().map(|network| network.octets()).collect();
            assert!(octets.windows(2).all(|pair| pair[0] == pair[1]));
            assert!((1..networks.len()).all(|n| !networks[..n].contains(&networks[n])));
        }
    }
}

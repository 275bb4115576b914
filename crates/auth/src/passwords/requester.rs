//! Who waits for a hash, and where in the queue.

use std::net::IpAddr;
use usher_domain::Network;

/// Who asks for a password to be hashed or verified.
#[derive(Debug, Clone, Copy)]
pub struct Requester {
    /// The client's address; `None` for the service itself, such as its command line.
    pub address: Option<IpAddr>,
    /// Whether something identifies them already: a session, or an address that the account has signed in from before. Known
    /// and unknown requesters get half of the threads each, so that unknown ones cannot keep known ones out, however many they
    /// are.
    pub known: bool,
}

impl Requester {
    /// The service itself.
    pub const SERVICE: Self = Self { address: None, known: true };

    pub fn known(address: Option<IpAddr>) -> Self {
        Self { address, known: true }
    }

    pub fn unknown(address: Option<IpAddr>) -> Self {
        Self { address, known: false }
    }

    /// The path of the flow in which they wait: known or unknown, then their networks, the widest first.
    pub(super) fn flow(self) -> Vec<FlowKey> {
        let networks = self.address.map(|address| [vec![Network::host(address)], Network::around(address)].concat());
        let networks = networks.unwrap_or_default().into_iter().rev().map(FlowKey::Network);
        [FlowKey::Known(self.known)].into_iter().chain(networks).collect()
    }
}

/// The key of a flow of the queue.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum FlowKey {
    Known(bool),
    Network(Network),
}

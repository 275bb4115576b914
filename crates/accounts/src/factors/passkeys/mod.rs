//! Passkeys: the options for clients, and the credentials that answer them.

mod enrolment;
mod options;
mod presented;

pub use options::BegunCeremony;
pub use presented::PresentedPasskey;
pub(crate) use presented::{PreparedPasskey, ProofUse};

use usher_auth::passkeys::{Passkey, PasskeyError};
use usher_domain::Method;

/// A ceremony or a passkey cannot be stored or read back.
const UNREADABLE: PasskeyError = PasskeyError::Malformed("the state of the ceremony");

/// How a user proves a passkey (RFC 8176).
fn method_of(passkey: &Passkey) -> Method {
    if passkey.backup_eligible() { Method::SoftwareKey } else { Method::HardwareKey }
}

/// Reads passkeys as they are stored. One that cannot be read is as if it were not there.
fn read_stored(passkeys: &[serde_json::Value]) -> Vec<Passkey> {
    passkeys.iter().filter_map(read).collect()
}

fn read(passkey: &serde_json::Value) -> Option<Passkey> {
    let read = serde_json::from_value(passkey.clone());
    read.inspect_err(|error| tracing::error!(%error, "a passkey cannot be read")).ok()
}

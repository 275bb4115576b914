//! The application layer: what the service does with accounts, passwords, tokens and signing keys.
//!
//! Here belongs everything that combines the database (`usher_persistence`) with credentials (`usher_auth`): signing in,
//! refreshing a session, registering, verifying and changing passwords, rate limits, and the signing keys in use. HTTP and the
//! command line both call it. It knows no path, no status code and no SQL; it fails with [`Error`], and its caller decides how
//! an error is shown. A rule about who may do what belongs in `usher_domain::policy`, and a rule about a single value, such as
//! the length of a username, in `usher_domain`.

mod error;
pub mod keyring;

pub use error::Error;
pub use keyring::{Keyring, KeyringError};

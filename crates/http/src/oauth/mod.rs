//! The OAuth endpoints: each as its RFC says it, for clients that know no other way.

mod grant;
pub mod introspect;
pub mod metadata;
mod parameters;
mod password;
pub mod presented;
mod refresh;
pub mod revoke;
pub mod token;

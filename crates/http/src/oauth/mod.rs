//! The OAuth endpoints: each as its RFC specifies, for standard OAuth clients.

mod grant;
pub mod introspect;
pub mod jwks;
pub mod metadata;
mod parameters;
mod password;
pub mod presented;
pub mod revoke;
pub mod token;

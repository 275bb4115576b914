//! The OAuth endpoints: each as its RFC specifies, for standard OAuth clients.

mod grant;
pub mod introspect;
pub mod jwks;
pub mod metadata;
mod mfa;
mod parameters;
mod passkey;
pub mod passkey_options;
mod password;
pub mod presented;
pub mod revoke;
pub mod token;

//! The OAuth endpoints: each as its RFC says it, for clients that know no other way.

mod grant;
mod parameters;
mod password;
mod refresh;
pub mod token;

//! How a request becomes an [`AuthorizedRequest`]: the only extractor of a handler.

pub mod authorize;
pub mod authorized_request;
pub mod body;
pub mod body_reader;
pub mod caller;
pub mod client_address;
pub mod conditions;
pub mod credentials;
pub mod encoding;
pub mod faults;
pub mod filters;
pub mod language;
pub mod page_request;
pub mod path;
pub mod quality;
pub mod query;
pub mod size_limits;
mod surrogates;
pub mod time;

pub use authorize::authorize;
pub use authorized_request::AuthorizedRequest;

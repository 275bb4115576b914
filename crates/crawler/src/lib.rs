//! A client that knows where the API begins and how HAL, HAL-FORMS and RFC 6570 are read, and nothing else: no path but the
//! first, no operation, no name of a link or a field. It does not know the values for a form either: its user provides what
//! a person would type.
//!
//! It is for tests: it panics at anything that those formats do not allow.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

mod agent;
mod crawl;
mod fill;
mod hal;

pub use agent::{Agent, Answer};
pub use crawl::{Visit, crawl};
pub use fill::{Filling, fillings};
pub use hal::{Link, Property, Resource, Template};

/// Where the API begins.
pub const ENTRY: &str = "/v1";

//! A client that knows where the API begins and how HAL, HAL-FORMS and RFC 6570 are read, and nothing else: no path but the
//! first, no operation, no name of a link or a field. What a form asks for it cannot know either: whoever uses it says what
//! a person would type.
//!
//! Made for tests: what is not as those formats have it is a panic.
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

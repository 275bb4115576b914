//! The service over HTTP: routes, representations, links, problems and the document that describes them.
//!
//! This crate holds no SQL and decides nothing about who may do what: it asks `usher_domain::policy`.

mod app;
mod audit;
mod body;
mod call;
mod client_address;
mod cors;
mod document;
mod email_verifications;
mod encoding;
mod faults;
mod forms;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod health;
mod journal;
mod keyring;
mod limits;
mod links;
mod me;
mod media;
mod metrics;
mod oauth;
mod openapi;
mod operations;
mod own_pages;
mod pages;
mod password_resets;
mod problem;
mod query;
mod register;
mod representation;
mod root;
mod service;
mod sessions;
mod starting;
mod throttle;
mod time;
mod trace;
mod turns;
mod unused;
mod users;

pub use app::{ServerSettings, serve};
pub use keyring::{Keyring, KeyringError, NewKey, opens, revoke, rotate};
pub use metrics::{SpanLoad, serve_metrics};
pub use openapi::document;
pub use service::{Service, Settings};
pub use starting::serve_starting;
pub use trace::REQUEST_SPAN;

/// What it takes to represent a page without a request or a database: for the benchmark, and no promise.
#[doc(hidden)]
pub mod bench {
    pub use crate::{
        media::Media,
        pages::Part,
        service::Site,
        users::list::{Parts, represent},
    };
}

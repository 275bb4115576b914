//! The service over HTTP: routes, representations, links, problems and the document that describes them.
//!
//! This crate holds no SQL and decides nothing about who may do what: it asks `usher_domain::policy`.

#![expect(clippy::unused_async, reason = "the table awaits every handler, also those that wait for nothing")]

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
mod filters;
mod forms;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod health;
mod journal;
mod keyring;
mod limits;
mod link;
mod links;
mod me;
mod media;
mod metrics;
mod oauth;
mod openapi;
mod operation;
mod own_pages;
mod pages;
mod password_resets;
mod path;
mod problem;
mod query;
mod register;
mod representation;
mod root;
mod routes;
mod schema;
mod service;
mod sessions;
mod site;
mod starting;
mod table;
mod throttle;
mod time;
mod trace;
mod turns;
mod unused;
mod users;

pub use app::{ServerSettings, document, serve, service};
pub use keyring::{Keyring, KeyringError, NewKey, opens, revoke, rotate};
pub use metrics::{SpanLoad, serve_metrics};
pub use service::{Service, Settings};
pub use starting::serve_starting;
pub use trace::REQUEST_SPAN;

/// What it takes to represent a page without a request or a database: for the benchmark, and no promise.
#[doc(hidden)]
pub mod bench {
    pub use crate::{
        media::Media,
        pages::PageRequest,
        site::Site,
        table::OPERATIONS,
        users::list::{UserFilters, UserListQuery, represent_page},
    };
}

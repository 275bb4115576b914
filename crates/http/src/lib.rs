//! The service over HTTP: routes, representations, links, problems and the document that describes them.
//!
//! This crate holds no SQL and decides nothing about who may do what: it asks `usher_domain::policy`.

#![expect(clippy::unused_async, reason = "the table awaits every handler, also those that wait for nothing")]

mod api;
mod app;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod hypermedia;
mod idle_connections;
mod middleware;
mod oauth;
mod openapi;
mod operation;
mod problem;
mod request;
mod resources;
mod routes;
mod service;
mod starting;
mod table;
mod web;

pub use app::{ServerSettings, document, serve, service};
pub use middleware::{
    metrics::{SpanLoad, serve_metrics},
    trace::REQUEST_SPAN,
};
pub use service::{Service, Settings};
pub use starting::serve_starting;

/// What it takes to represent a page without a request or a database: for the benchmark, and no promise.
#[doc(hidden)]
pub mod bench {
    pub use crate::{
        api::Api,
        hypermedia::media::Media,
        request::page_request::PageRequest,
        resources::users::list::{UserFilters, UserListQuery, represent_page},
        table::OPERATIONS,
    };
}

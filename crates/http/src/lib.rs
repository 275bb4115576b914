//! The HTTP API: routes, representations, links, problems and the OpenAPI document.
//!
//! This crate has no SQL and makes no decision about permissions: it asks `usher_domain::policy`.

#![expect(clippy::unused_async, reason = "the table awaits every handler, including those that await nothing")]

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

/// What the benchmark needs to represent a page without a request or a database. Not part of the interface.
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

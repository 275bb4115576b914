//! The HTTP API: routes, representations, links, problems and the OpenAPI document.
//!
//! This crate has no SQL and makes no decision about permissions: it asks `usher_domain::policy`.

#![expect(clippy::unused_async, reason = "the table awaits every handler, including those that await nothing")]

#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod hypermedia;
mod middleware;
mod oauth;
mod openapi;
mod operation;
mod problem;
mod request;
mod resources;
mod routes;
mod server;
mod service;
mod table;
mod waits;
mod web;

pub use middleware::{
    metrics::{SpanLoad, serve_metrics},
    trace::REQUEST_SPAN,
};
pub use operation::{Affordance, OperationSpec, Table};
pub use resources::events::event_line;
pub use server::{ServerSettings, document, serve, service, startup::serve_during_startup};
pub use service::{Service, Settings};
pub use table::OPERATIONS;

/// What the benchmark needs to represent a page without a request or a database. Not part of the interface.
#[doc(hidden)]
pub mod bench {
    pub use crate::{
        hypermedia::{api::Api, links::Viewer, media::Media},
        request::page_request::PageRequest,
        resources::users::list::{UserFilters, UserListQuery, represent_page},
    };
}

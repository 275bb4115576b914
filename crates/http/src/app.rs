//! The whole service, assembled: tests use the same function as the binary.

use crate::{
    cors, document, limits, oauth,
    operations::{self, GetMetadata, Operation},
    own_pages,
    problem::Problem,
    root,
    service::{Service, Settings},
    unused,
};
use actix_web::{
    App, HttpServer, Resource,
    dev::{Server, fn_service},
    http::Method,
    middleware::from_fn,
    web,
};
use std::{net::TcpListener, time::Duration};

/// How the server takes requests in.
#[derive(Debug, Clone, Copy)]
pub struct ServerSettings {
    /// Threads that serve.
    pub workers: usize,
    /// Longest that a stop waits for what is in flight.
    pub shutdown: Duration,
    /// How long a connection is kept on which nothing is under way.
    pub keep_alive: Duration,
}

/// Longest that a client may take to send the header fields of its first request.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Added to the time that connections are kept: the server's timers are up to half a second early, and a connection closed
/// too early may meet a request of a proxy that trusts in the time.
const KEEP_ALIVE_MARGIN: Duration = Duration::from_secs(1);

/// Serves on `listeners` until it is told to stop through the server's handle.
pub fn serve(
    service: Service,
    listeners: impl IntoIterator<Item = TcpListener>,
    settings: ServerSettings,
) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        let service = web::Data::new(service.here());
        let prefix = service.settings.prefix().to_owned();
        let routes = |config: &mut web::ServiceConfig| routes(config, &service.settings);
        // The last one to wrap is the first to see a request.
        let app = App::new().app_data(service.clone()).wrap(from_fn(limits::guard)).wrap(from_fn(cors::guard));
        // Behind a proxy that strips the prefix, and behind one that does not.
        let app = if prefix.is_empty() {
            app
        } else {
            let metadata =
                [GetMetadata::ROW.path, OPENID_CONFIGURATION].map(|path| metadata_at(&[path, &prefix].concat()));
            metadata.into_iter().fold(app.service(web::scope(&prefix).configure(routes)), App::service)
        };
        app.configure(routes).default_service(fn_service(async |request: actix_web::dev::ServiceRequest| {
            Ok(request.error_response(Problem::NoSuchPath))
        }))
    });
    let server = server
        .workers(settings.workers)
        .client_request_timeout(HEADER_READ_TIMEOUT)
        .keep_alive(settings.keep_alive + KEEP_ALIVE_MARGIN)
        .shutdown_timeout(settings.shutdown.as_secs())
        .on_connect(|stream, _| unused::close_if_unused(stream))
        .disable_signals();
    let server = listeners.into_iter().try_fold(server, HttpServer::listen)?;
    Ok(server.run())
}

/// Where clients look for the metadata that know `OpenID` Connect only, and where many gateways and frameworks look for the
/// keys. For an issuer with a path it stands behind that path (`OpenID` Connect Discovery 1.0 §4).
const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";

/// The metadata at one more path. For an issuer with a path the well-known part comes first (RFC 8414 §3.1).
fn metadata_at(path: &str) -> Resource {
    operations::resource(path, [(&Method::GET, web::route().to(oauth::metadata::handle))])
}

fn routes(config: &mut web::ServiceConfig, settings: &Settings) {
    operations::routes(config);
    config.service(metadata_at(OPENID_CONFIGURATION));
    own_pages::routes(config, settings);
    for door in ["", "/"] {
        config.service(operations::resource(door, [(&Method::GET, web::route().to(root::entrance))]));
    }
    config.service(operations::resource("/docs/{file:.*}", [(&Method::GET, web::route().to(document::page::file))]));
}

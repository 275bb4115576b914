//! The whole service, assembled: tests use the same function as the binary.

use crate::{
    cors, document, limits, oauth,
    operations::{self, GetMetadata, Operation},
    own_pages,
    problem::Problem,
    root,
    service::{Service, Settings},
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
}

/// Longest that a client may take to send its header fields, and the pause after which an idle connection is closed.
const PATIENCE: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Serves on `listener` until it is told to stop through the server's handle.
pub fn serve(service: Service, listener: TcpListener, settings: ServerSettings) -> std::io::Result<Server> {
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
            app.service(web::scope(&prefix).configure(routes)).service(metadata_of(&prefix))
        };
        app.configure(routes).default_service(fn_service(async |request: actix_web::dev::ServiceRequest| {
            Ok(request.error_response(Problem::NoSuchPath))
        }))
    });
    let server = server
        .workers(settings.workers)
        .client_request_timeout(PATIENCE)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(settings.shutdown.as_secs())
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// The metadata where a client looks for that of an issuer with a path: the well-known part comes first (RFC 8414 §3.1).
fn metadata_of(prefix: &str) -> Resource {
    let path = format!("{}{prefix}", GetMetadata::ROW.path);
    operations::resource(&path, [(&Method::GET, web::route().to(oauth::metadata::handle))])
}

fn routes(config: &mut web::ServiceConfig, settings: &Settings) {
    operations::routes(config);
    own_pages::routes(config, settings);
    for door in ["", "/"] {
        config.service(operations::resource(door, [(&Method::GET, web::route().to(root::entrance))]));
    }
    config.service(operations::resource("/docs/{file:.*}", [(&Method::GET, web::route().to(document::page::file))]));
}

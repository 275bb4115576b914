//! The HTTP server: its middleware, routes and timeouts. Tests use the same function as the binary.

mod connections;
pub mod startup;

use self::connections::{listen, track};
use crate::{
    middleware::{cors, drain, request_id, request_log, security_headers, size_limits},
    oauth::metadata::GetMetadata,
    openapi,
    operation::{Operation as _, Table},
    problem::Problem,
    resources::root,
    routes,
    service::{Service, Settings},
    table::TAGS,
    web::{
        assets, console,
        docs::{openapi::Document, page},
        mailed_links,
    },
};
use actix_web::{
    App, Resource,
    dev::{Server, fn_service},
    http::Method,
    middleware::from_fn,
    web,
};
use std::{net::TcpListener, time::Duration};
use usher_accounts::Accounts;
use usher_domain::Clock;
use utoipa::openapi::OpenApi;

/// How the server accepts requests.
#[derive(Debug, Clone, Copy)]
pub struct ServerSettings {
    /// Number of threads that serve requests.
    pub workers: usize,
    /// Maximum time that a stop waits for requests in progress.
    pub shutdown: Duration,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
}

/// Added to the time that connections are kept. The server's timers are up to half a second early, and a connection that is
/// closed too early may receive a request of a proxy that relies on the time.
const KEEP_ALIVE_MARGIN: Duration = Duration::from_secs(1);

/// Serves on `listeners` until it is stopped through the server's handle.
pub fn serve(
    service: Service,
    listeners: impl IntoIterator<Item = TcpListener>,
    settings: ServerSettings,
) -> std::io::Result<Server> {
    let description = web::Data::new(Document::new(&document(service.api.table, service.settings.prefix())));
    let app = move || {
        let service = web::Data::new(service.for_this_thread());
        let prefix = service.settings.prefix().to_owned();
        let routes = |config: &mut web::ServiceConfig| configure(config, service.api.table, &service.settings);
        // The last layer added is the outermost.
        let app = App::new()
            .app_data(service.clone())
            .app_data(description.clone())
            .wrap(from_fn(size_limits::enforce))
            .wrap(from_fn(cors::add_headers))
            .wrap(from_fn(security_headers::add))
            .wrap(from_fn(drain::close_connections))
            .wrap(from_fn(request_log::log))
            .wrap(from_fn(request_id::assign))
            .wrap(from_fn(track));
        // Behind a proxy that strips the prefix, and behind one that does not.
        let app = if prefix.is_empty() {
            app
        } else {
            let metadata =
                [GetMetadata::SPEC.path, OPENID_CONFIGURATION].map(|path| metadata_at(&[path, &prefix].concat()));
            metadata.into_iter().fold(app.service(web::scope(&prefix).configure(routes)), App::service)
        };
        app.configure(routes).default_service(fn_service(async |request: actix_web::dev::ServiceRequest| {
            Ok(request.error_response(Problem::NoSuchPath))
        }))
    };
    let server =
        Server::build().workers(settings.workers).shutdown_timeout(settings.shutdown.as_secs()).disable_signals();
    let keep_alive = settings.keep_alive + KEEP_ALIVE_MARGIN;
    let server =
        listeners.into_iter().try_fold(server, |server, listener| listen(server, listener, app.clone(), keep_alive))?;
    Ok(server.run())
}

/// The service with these operations.
pub fn service(accounts: Accounts, clock: Clock, settings: Settings, table: Table) -> Service {
    Service::new(accounts, clock, settings, table)
}

/// The OpenAPI document of a service with these operations, whose public paths begin with `prefix`.
pub fn document(table: Table, prefix: &str) -> OpenApi {
    openapi::document(table, TAGS, prefix)
}

/// The path where clients that know only `OpenID` Connect look for the metadata, and many gateways and frameworks for the
/// keys. For an issuer with a path it is appended to that path (`OpenID` Connect Discovery 1.0 §4).
const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";

/// The metadata at another path. For an issuer with a path the well-known part comes first (RFC 8414 §3.1).
fn metadata_at(path: &str) -> Resource {
    routes::resource(path, [(&Method::GET, (GetMetadata::SPEC.route)())])
}

fn configure(config: &mut web::ServiceConfig, table: Table, settings: &Settings) {
    routes::routes(table, config);
    config.service(metadata_at(OPENID_CONFIGURATION));
    assets::configure(config);
    mailed_links::configure(config, settings);
    console::configure(config, settings);
    for path in ["", "/"] {
        config.service(routes::resource(path, [(&Method::GET, web::route().to(root::home))]));
    }
    config.service(routes::resource("/docs/{file:.*}", [(&Method::GET, web::route().to(page::file))]));
}

//! The HTTP server on the port of the service until the service is ready: the process is alive, and everything else is
//! unavailable.

use crate::{
    middleware::{request_id, request_log, security_headers, size_limits},
    operation::Operation as _,
    problem::Problem,
    resources::health::{self, live::GetLiveness},
    routes,
};
use actix_web::{
    App, HttpServer,
    dev::{Server, ServiceRequest, fn_service},
    http::{KeepAlive, Method},
    middleware::from_fn,
    web,
};
use std::{net::TcpListener, time::Duration};

/// When a client should retry.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Maximum time that a stop waits for a connection.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// Answers `/health/live` on `listeners`, also below `prefix`, and every other request with 503, until it is stopped through
/// the server's handle.
pub fn serve_during_startup(prefix: &str, listeners: Vec<TcpListener>) -> std::io::Result<Server> {
    let prefix = prefix.to_owned();
    let server = HttpServer::new(move || {
        let live = |prefix: &str| {
            let path = [prefix, GetLiveness::SPEC.path].concat();
            routes::resource(&path, [(&Method::GET, web::to(async || health::ok()))])
        };
        let app = App::new()
            .wrap(from_fn(size_limits::enforce))
            .wrap(from_fn(security_headers::add))
            .wrap(from_fn(request_log::log))
            .wrap(from_fn(request_id::assign))
            .service(live(""));
        let app = if prefix.is_empty() { app } else { app.service(live(&prefix)) };
        app.default_service(fn_service(async |request: ServiceRequest| {
            let why = "the service is starting".to_owned();
            Ok(request.error_response(Problem::Unavailable { retry_after: RETRY_AFTER, why }))
        }))
    });
    let server = server.workers(1).keep_alive(KeepAlive::Disabled).shutdown_timeout(SHUTDOWN_TIMEOUT.as_secs());
    let server = listeners.into_iter().try_fold(server.disable_signals(), HttpServer::listen)?;
    Ok(server.run())
}

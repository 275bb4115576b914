//! Listening for [`ClientConnection`]s. `actix_web::HttpServer` listens on TCP streams only.

use super::{HEAD_READ_TIMEOUT, client_connection::ClientConnection};
use actix_http::{HttpService, KeepAlive, Protocol, Request, Response, error::DispatchError};
use actix_server::ServerBuilder;
use actix_service::{IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::{body::MessageBody, dev::AppConfig};
use std::{fmt::Debug, io, net::TcpListener, rc::Rc, time::Duration};
use tokio::net::TcpStream;

/// Maximum time for a client to close a connection after a response that came before the end of its request.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Adds a listener to the server, as `HttpServer::listen` does. Idle connections are kept for `keep_alive`.
pub fn listen<I, S, B>(
    server: ServerBuilder,
    listener: TcpListener,
    app: impl Fn() -> I + Clone + Send + 'static,
    keep_alive: Duration,
) -> io::Result<ServerBuilder>
where
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let stop = server.graceful_shutdown_signal();
    let name = format!("usher-{}", listener.local_addr()?);
    server.listen(name, listener, move || {
        let stop = stop.clone();
        let app = app().into_factory().map_err(|error| error.into().error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stop = stop.clone();
                async move { stop.notified().await }
            })
            .keep_alive(KeepAlive::Timeout(keep_alive))
            .client_request_timeout(HEAD_READ_TIMEOUT)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .on_connect_ext(|connection: &ClientConnection, data| {
                data.insert(Rc::clone(connection.phase()));
            })
            // The configuration has the address for URLs that Actix generates. This service generates its own.
            .finish(map_config(app, |()| AppConfig::default()));
        fn_service(move |stream: TcpStream| async move {
            let address = stream.peer_addr().ok();
            Ok::<_, DispatchError>((ClientConnection::new(stream, keep_alive), Protocol::Http1, address))
        })
        .and_then(http)
    })
}

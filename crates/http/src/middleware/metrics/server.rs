//! The listener that serves `/metrics`. It is separate from that of the service: it can be on another network, where clients of
//! the service cannot reach it.

use super::{
    SpanLoad,
    render::{Backlogs, render},
};
use crate::{problem::Problem, service::Service};
use actix_web::{App, HttpResponse, HttpServer, dev::Server, http::KeepAlive, web};
use std::{net::TcpListener, sync::Arc, time::Duration};
use usher_persistence::{Database, Error};

/// Maximum time for the database to answer before it counts as unavailable.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(1);

/// The text format of `OpenMetrics` 1.0.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Reads the counts of spans.
type Spans = dyn Fn() -> SpanLoad + Send + Sync;

/// Serves `GET /metrics` on `listener` until it is stopped through the server's handle.
pub fn serve_metrics(
    service: Service,
    spans: impl Fn() -> SpanLoad + Send + Sync + 'static,
    listener: TcpListener,
) -> std::io::Result<Server> {
    let service = web::Data::new(service);
    let spans: web::Data<Spans> = web::Data::from(Arc::new(spans) as Arc<Spans>);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(service.clone())
            .app_data(spans.clone())
            .service(web::resource("/metrics").route(web::get().to(scrape)))
    });
    // Actix limits the time for the head of a connection's first request only.
    Ok(server.workers(1).keep_alive(KeepAlive::Disabled).disable_signals().listen(listener)?.run())
}

async fn scrape(service: web::Data<Service>, spans: web::Data<Spans>) -> Result<HttpResponse, Problem> {
    let backlogs = tokio::time::timeout(DATABASE_TIMEOUT, backlogs(&service.database)).await;
    let text = render(&service, backlogs.ok().and_then(Result::ok), spans())
        .map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(text))
}

async fn backlogs(database: &Database) -> Result<Backlogs, Error> {
    Ok(Backlogs { mails: database.mail_backlog().await?, events: database.event_backlog().await? })
}

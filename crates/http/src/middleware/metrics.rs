//! What the service counts and measures of itself, for Prometheus, on a listener of its own: whoever may look at it need not
//! reach the service, and no client of the service sees it.
//!
//! Requests are told apart by the operation's id and the status, never by path, user or address, so there are only so many
//! series. What other parts count of themselves is read from them when somebody asks.

use crate::{
    operation::{OperationSpec, Table},
    problem::Problem,
    service::Service,
};
use actix_web::{App, HttpResponse, HttpServer, dev::Server, http::StatusCode, web};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::ConstGauge,
        histogram::Histogram,
        info::Info,
    },
    registry::{Registry, Unit},
};
use std::{fmt, fs, net::TcpListener, sync::Arc, time::Duration};
use usher_auth::{CacheStats, HasherLoad};
use usher_persistence::{Backlog, LookupLoad, PoolLoad};

/// Longest that the database may take to answer before it counts as away.
const PATIENCE: Duration = Duration::from_secs(1);

/// The text format of Prometheus, as `OpenMetrics` 1.0 has it.
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From a read that was shared to a sign-in that had to queue.
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What stands for the operation where a request asked for none.
const NO_OPERATION: &str = "none";

/// The statuses of answers that are the service's fault.
const FAILURES: [StatusCode; 2] = [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE];

/// How an attempt to sign in can end.
const SIGN_IN_RESULTS: [&str; 5] = ["success", "failure", "throttled", "put_off", "error"];

/// What is counted as it happens.
pub struct Metrics {
    requests: Family<Answered, Counter>,
    durations: Family<Answered, Histogram, fn() -> Histogram>,
    sign_ins: Family<SignIn, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    operation: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SignIn {
    result: &'static str,
}

impl Metrics {
    /// The series that alerts ask for exist from the start, at 0: Prometheus sees no increase in a series that begins at 1, and
    /// no rate in one that does not exist.
    pub fn new(table: Table) -> Self {
        let metrics = Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            sign_ins: Family::default(),
        };
        for operation in table.iter().map(|spec| spec.id).chain([NO_OPERATION]) {
            for status in FAILURES {
                drop(metrics.requests.get_or_create(&Answered { operation, status: status.as_u16() }));
            }
        }
        for result in SIGN_IN_RESULTS {
            drop(metrics.sign_ins.get_or_create(&SignIn { result }));
        }
        metrics
    }

    /// A request was answered.
    pub fn answered(&self, operation: Option<&'static OperationSpec>, status: StatusCode, took: Duration) {
        let operation = operation.map_or(NO_OPERATION, |spec| spec.id);
        let answered = Answered { operation, status: status.as_u16() };
        self.requests.get_or_create(&answered).inc();
        self.durations.get_or_create(&answered).observe(took.as_secs_f64());
    }

    /// Somebody tried to sign in with a password.
    pub fn signed_in<T>(&self, result: &Result<T, Problem>) {
        let [success, failure, throttled, put_off, error] = SIGN_IN_RESULTS;
        let result = match result {
            Ok(_) => success,
            Err(Problem::OAuth { .. }) => failure,
            Err(Problem::TooManyAttempts { .. }) => throttled,
            Err(Problem::Unavailable { .. }) => put_off,
            Err(_) => error,
        };
        self.sign_ins.get_or_create(&SignIn { result }).inc();
    }
}

/// What has become of the spans of traces since the start; all of it is 0 where no traces are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanLoad {
    /// Spans that wait to be sent.
    pub waiting: u64,
    /// Spans that the collector has taken.
    pub exported: u64,
    /// Spans that it has not.
    pub undelivered: u64,
    /// Spans that found no room among those that wait.
    pub dropped: u64,
}

/// Tells what has become of spans.
type Spans = dyn Fn() -> SpanLoad + Send + Sync;

/// Serves `GET /metrics` on `listener` until it is told to stop through the server's handle.
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
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}

async fn scrape(service: web::Data<Service>, spans: web::Data<Spans>) -> Result<HttpResponse, Problem> {
    let backlog = tokio::time::timeout(PATIENCE, service.database.mail_backlog()).await;
    let text = render(&service, backlog.ok().and_then(Result::ok), spans())
        .map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(HttpResponse::Ok().content_type(TEXT).body(text))
}

/// All metrics, as text. Without a `backlog` the database is away.
fn render(service: &Service, backlog: Option<Backlog>, spans: SpanLoad) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    process(&mut registry);
    let registry_of_ours = registry.sub_registry_with_prefix("usher");
    requests(registry_of_ours, &service.metrics);
    database(registry_of_ours, service, backlog);
    passwords_and_tokens(registry_of_ours, service);
    traces(registry_of_ours, spans);
    let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry_of_ours.register("build", "What is running", version);
    let mut text = String::new();
    text::encode(&mut text, &registry)?;
    Ok(text)
}

fn requests(registry: &mut Registry, metrics: &Metrics) {
    let Metrics { requests, durations, sign_ins } = metrics;
    registry.register("http_requests", "Requests answered, by operation and status", requests.clone());
    registry.register_with_unit(
        "http_request_duration",
        "Time from a request's header fields to its answer, by operation and status",
        Unit::Seconds,
        durations.clone(),
    );
    registry.register("sign_ins", "Attempts to sign in with a password, by result", sign_ins.clone());
}

fn database(registry: &mut Registry, service: &Service, backlog: Option<Backlog>) {
    let up = ConstGauge::new(u64::from(backlog.is_some()));
    registry.register("database_up", "1 while the database answers within a second", up);
    if let Some(Backlog { mails, since }) = backlog {
        let age = since.map_or(0, |since| (service.clock.now() - since).num_seconds());
        registry.register("mail_backlog", "Mails that have not gone out yet", ConstGauge::new(mails));
        registry.register_with_unit(
            "mail_backlog_age",
            "For how long the oldest mail that has not gone out waits",
            Unit::Seconds,
            ConstGauge::new(age),
        );
    }
    let PoolLoad { most, open, in_use, waiting } = service.database.load();
    for (name, help, value) in [
        ("pool_connections_max", "Most connections to the database, besides that of the lookups", most),
        ("pool_connections", "Connections to the database", open),
        ("pool_connections_in_use", "Connections to the database that are in use", in_use),
        ("pool_waiting", "Requests that wait for a connection", waiting),
    ] {
        registry.register(name, help, ConstGauge::new(value));
    }
    let LookupLoad { waiting, requests, round_trips } = service.database.lookup().load();
    registry.register("lookup_waiting", "Lookups of callers and targets that wait", ConstGauge::new(waiting));
    registry.register("lookups", "Lookups of callers and targets", ConstCounter::new(requests));
    let help = "Round trips that lookups have shared; lookups by round trips is the size of a batch";
    registry.register("lookup_round_trips", help, ConstCounter::new(round_trips));
}

fn passwords_and_tokens(registry: &mut Registry, service: &Service) {
    let HasherLoad { waiting, running, refused } = service.hasher.load();
    registry.register("hashing_waiting", "Passwords that wait to be hashed", ConstGauge::new(waiting));
    registry.register("hashing_running", "Passwords being hashed", ConstGauge::new(running));
    let help = "Passwords that were not hashed, for the queue was too long";
    registry.register("hashing_refused", help, ConstCounter::new(refused));
    let CacheStats { hits, misses } = service.keyring.cache_stats();
    registry.register("token_cache_hits", "Access tokens that had been verified before", ConstCounter::new(hits));
    registry.register("token_cache_misses", "Access tokens that had to be verified", ConstCounter::new(misses));
}

fn traces(registry: &mut Registry, SpanLoad { waiting, exported, undelivered, dropped }: SpanLoad) {
    registry.register("spans_waiting", "Spans of traces that wait to be sent", ConstGauge::new(waiting));
    for (name, help, value) in [
        ("spans_exported", "Spans that the collector of traces has taken", exported),
        ("spans_undelivered", "Spans that the collector of traces has not taken", undelivered),
        ("spans_dropped", "Spans that were dropped, for too many waited", dropped),
    ] {
        registry.register(name, help, ConstCounter::new(value));
    }
}

/// What Linux tells of the process; nothing elsewhere.
fn process(registry: &mut Registry) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| {
        let kibibytes = line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?;
        kibibytes.parse::<u64>().ok()
    });
    if let Some(kibibytes) = resident {
        let bytes = ConstGauge::new(kibibytes * 1024);
        registry.register_with_unit("process_resident_memory", "Memory of the process", Unit::Bytes, bytes);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        registry.register("process_open_fds", "Open files and sockets", ConstGauge::new(open.count()));
    }
}

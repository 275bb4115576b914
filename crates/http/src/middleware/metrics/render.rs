//! Writes all metrics as text. What other parts of the service count is read from them at that moment.

use super::{Metrics, SpanLoad};
use crate::service::Service;
use chrono::{DateTime, Utc};
use prometheus_client::{
    encoding::text,
    metrics::{counter::ConstCounter, gauge::ConstGauge, info::Info},
    registry::{Registry, Unit},
};
use std::{fmt, fs};
use usher_auth::{CacheStats, HasherLoad};
use usher_persistence::{Backlog, EventBacklog, LookupLoad, PoolLoad};

/// What waits in the database.
#[derive(Clone, Copy)]
pub struct Backlogs {
    pub mails: Backlog,
    pub events: EventBacklog,
}

/// All metrics. Without `backlogs` the database is unavailable.
pub fn render(service: &Service, backlogs: Option<Backlogs>, spans: SpanLoad) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    process(&mut registry);
    let usher = registry.sub_registry_with_prefix("usher");
    requests(usher, &service.metrics);
    database(usher, service, backlogs.as_ref());
    events(usher, service, backlogs.map(|backlogs| backlogs.events));
    passwords_and_tokens(usher, service);
    traces(usher, spans);
    let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    usher.register("build", "The version of the service", version);
    let mut text = String::new();
    text::encode(&mut text, &registry)?;
    Ok(text)
}

fn requests(registry: &mut Registry, metrics: &Metrics) {
    let Metrics { requests, durations, sign_ins } = metrics;
    registry.register("http_requests", "Responses, by operation and status", requests.clone());
    registry.register_with_unit(
        "http_request_duration",
        "Time from the header fields of a request to its response, by operation and status",
        Unit::Seconds,
        durations.clone(),
    );
    registry.register("sign_ins", "Sign-ins with a password, by result", sign_ins.clone());
}

fn database(registry: &mut Registry, service: &Service, backlogs: Option<&Backlogs>) {
    let up = ConstGauge::new(u64::from(backlogs.is_some()));
    registry.register("database_up", "1 while the database answers within a second", up);
    if let Some(Backlogs { mails: Backlog { mails, since }, .. }) = backlogs.copied() {
        let age = age(service, since);
        registry.register("mail_backlog", "E-mails that have not been sent yet", ConstGauge::new(mails));
        registry.register_with_unit(
            "mail_backlog_age",
            "Age of the oldest e-mail that has not been sent yet",
            Unit::Seconds,
            ConstGauge::new(age),
        );
    }
    let PoolLoad { most, open, in_use, waiting } = service.database.load();
    for (name, help, value) in [
        ("pool_connections_max", "Maximum connections to the database, without those of the lookups", most),
        ("pool_connections", "Connections to the database", open),
        ("pool_connections_in_use", "Connections to the database in use", in_use),
        ("pool_waiting", "Requests waiting for a connection", waiting),
    ] {
        registry.register(name, help, ConstGauge::new(value));
    }
    let LookupLoad { waiting, requests, round_trips } = service.database.lookup().load();
    registry.register("lookup_waiting", "Lookups of callers and targets in the queue", ConstGauge::new(waiting));
    registry.register("lookups", "Lookups of callers and targets", ConstCounter::new(requests));
    let help = "Round trips of the lookups; lookups divided by round trips is the batch size";
    registry.register("lookup_round_trips", help, ConstCounter::new(round_trips));
}

fn events(registry: &mut Registry, service: &Service, backlog: Option<EventBacklog>) {
    if let Some(EventBacklog { events, since }) = backlog {
        registry.register("event_backlog", "Events that have no position in the feed yet", ConstGauge::new(events));
        registry.register_with_unit(
            "event_backlog_age",
            "Age of the oldest event that has no position yet",
            Unit::Seconds,
            ConstGauge::new(age(service, since)),
        );
    }
    let waiting = ConstGauge::new(service.waits.count());
    registry.register("event_readers_waiting", "Requests that wait for events", waiting);
}

/// The seconds since then; 0 if there is no such time.
fn age(service: &Service, since: Option<DateTime<Utc>>) -> i64 {
    since.map_or(0, |since| (service.clock.now() - since).num_seconds())
}

fn passwords_and_tokens(registry: &mut Registry, service: &Service) {
    let HasherLoad { waiting, running, refused } = service.accounts.hasher().load();
    registry.register("hashing_waiting", "Passwords in the hashing queue", ConstGauge::new(waiting));
    registry.register("hashing_running", "Passwords being hashed", ConstGauge::new(running));
    let help = "Passwords that were not hashed because the queue was full";
    registry.register("hashing_refused", help, ConstCounter::new(refused));
    let CacheStats { hits, misses } = service.accounts.keyring().cache_stats();
    registry.register(
        "token_cache_hits",
        "Access tokens whose signature was found in the cache",
        ConstCounter::new(hits),
    );
    registry.register(
        "token_cache_misses",
        "Access tokens whose signature had to be verified",
        ConstCounter::new(misses),
    );
}

fn traces(registry: &mut Registry, SpanLoad { waiting, exported, undelivered, dropped }: SpanLoad) {
    registry.register("spans_waiting", "Spans in the export queue", ConstGauge::new(waiting));
    for (name, help, value) in [
        ("spans_exported", "Spans that the collector has accepted", exported),
        ("spans_undelivered", "Spans that the collector has not accepted", undelivered),
        ("spans_dropped", "Spans dropped because the queue was full", dropped),
    ] {
        registry.register(name, help, ConstCounter::new(value));
    }
}

/// What Linux reports about the process; nothing on other systems.
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

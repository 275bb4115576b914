//! Metrics for Prometheus. Requests are labelled with the id of their operation or the name of their endpoint, and the status,
//! never with path, user or address, so that the number of series is bounded.

mod render;
mod server;

pub use server::serve_metrics;

use super::request_context::ConsoleEndpoint;
use crate::{operation::Table, problem::Problem};
use actix_web::http::StatusCode;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
};
use std::time::Duration;

/// Buckets of the durations: from a coalesced read to a sign-in that had to wait for the hashing queue.
const DURATION_BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The label of requests that match no operation and no endpoint with a name.
const NO_OPERATION: &str = "none";

/// The statuses of failures of the service.
const FAILURES: [StatusCode; 2] = [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE];

/// The outcomes of a sign-in.
const SIGN_IN_RESULTS: [&str; 6] = ["success", "second_step", "failure", "throttled", "unavailable", "error"];

/// What is counted when it happens.
pub struct Metrics {
    requests: Family<ResponseLabels, Counter>,
    durations: Family<ResponseLabels, Histogram, fn() -> Histogram>,
    sign_ins: Family<SignInLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResponseLabels {
    operation: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SignInLabels {
    result: &'static str,
}

impl Metrics {
    /// The series that alerts use exist from the start, at 0: Prometheus sees no increase in a series that begins at 1, and no
    /// rate in one that does not exist.
    pub fn new(table: Table) -> Self {
        let metrics = Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(DURATION_BUCKETS)),
            sign_ins: Family::default(),
        };
        for operation in table
            .iter()
            .map(|spec| spec.id)
            .chain(ConsoleEndpoint::ALL.map(ConsoleEndpoint::as_str))
            .chain([NO_OPERATION])
        {
            for status in FAILURES {
                drop(metrics.requests.get_or_create(&ResponseLabels { operation, status: status.as_u16() }));
            }
        }
        for result in SIGN_IN_RESULTS {
            drop(metrics.sign_ins.get_or_create(&SignInLabels { result }));
        }
        metrics
    }

    /// Counts a response to a request for the operation or endpoint of this name.
    pub fn count_response(&self, operation: Option<&'static str>, status: StatusCode, took: Duration) {
        let operation = operation.unwrap_or(NO_OPERATION);
        let labels = ResponseLabels { operation, status: status.as_u16() };
        self.requests.get_or_create(&labels).inc();
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts a sign-in with a password, or its second step. A first step that is followed by a second one is neither a success
    /// nor a failure.
    pub fn count_sign_in<T>(&self, result: &Result<T, Problem>) {
        let [success, second_step, failure, rate_limited, unavailable, error] = SIGN_IN_RESULTS;
        let result = match result {
            Ok(_) => success,
            Err(Problem::MfaRequired(_)) => second_step,
            Err(Problem::OAuth { .. } | Problem::SecondFactor(_)) => failure,
            Err(Problem::TooManyAttempts { .. }) => rate_limited,
            Err(Problem::Unavailable { .. }) => unavailable,
            Err(_) => error,
        };
        self.sign_ins.get_or_create(&SignInLabels { result }).inc();
    }
}

/// Counts of the spans of traces since the start; all are 0 if no traces are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanLoad {
    /// Spans in the queue.
    pub waiting: u64,
    /// Spans that the collector has accepted.
    pub exported: u64,
    /// Spans that the collector has not accepted.
    pub undelivered: u64,
    /// Spans that were dropped because the queue was full.
    pub dropped: u64,
}

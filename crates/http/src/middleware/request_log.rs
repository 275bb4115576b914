//! What the log tells of requests: at `warn` attempts to get round limits and rules, at `info` the result of every
//! authentication and every refusal, at `debug` every request.
//! Who, what, from where, the id by which the audit trail knows the request too, and the trace that it is part of. Never a
//! header, a body or a query string: tokens, passwords and what somebody searched for are in those.

use crate::{middleware::trace, operation::OperationSpec, problem::Problem, service::Service};
use actix_web::{
    HttpMessage, HttpRequest,
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
    web,
};
use opentelemetry::trace::TraceId;
use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    time::Instant,
};
use tracing::{Span, field::display};
use usher_domain::{clock::at_of, policy::Action};
use uuid::Uuid;

/// What is known of a request; it grows on the request's way in.
struct RequestContext {
    id: Uuid,
    trace: Option<TraceId>,
    began: Instant,
    operation: Option<&'static OperationSpec>,
    user: Option<Uuid>,
}

/// Opens the request's entry, and gives the request the id that it goes by, and the span that it is traced by.
pub fn open(request: &ServiceRequest) -> (Uuid, Span) {
    let id = Uuid::now_v7();
    let (span, trace) = trace::open(request);
    request.extensions_mut().insert(RequestContext { id, trace, began: Instant::now(), operation: None, user: None });
    (id, span)
}

/// The request's id.
pub fn request_id(request: &HttpRequest) -> Option<Uuid> {
    request.extensions().get::<RequestContext>().map(|entry| entry.id)
}

/// What is asked for.
pub fn operation(request: &HttpRequest, spec: &'static OperationSpec) {
    if let Some(entry) = request.extensions_mut().get_mut::<RequestContext>() {
        entry.operation = Some(spec);
    }
}

/// Who asks: the user of a token whose signature is good, or the one whose name was offered.
pub fn user(request: &HttpRequest, id: Uuid) {
    if let Some(entry) = request.extensions_mut().get_mut::<RequestContext>() {
        entry.user = Some(id);
    }
}

/// Writes the entry down, counts it, and closes its span.
pub fn close<B>(response: &ServiceResponse<B>, span: &Span) {
    let request = response.request();
    let extensions = request.extensions();
    let Some(RequestContext { id, trace, began, operation, user }) = extensions.get::<RequestContext>() else { return };
    let status = response.status();
    let service = request.app_data::<web::Data<Service>>();
    let took = began.elapsed();
    if let Some(service) = service {
        service.metrics.answered(*operation, status, took);
    }
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    let code = problem.map(Problem::code);
    trace::close(span, response, *id, *operation, code);
    let (name, user, trace_id) = (operation.map(|spec| spec.id), user.map(display), trace.map(display));
    let from = || service?.client_address(request).map(display);
    match problem {
        Some(Problem::Internal(why)) => {
            tracing::error!(request_id = %id, trace_id, operation = name, why, "a request failed");
        }
        Some(Problem::Unavailable { why, .. }) => {
            tracing::warn!(request_id = %id, trace_id, operation = name, why, "a request was put off");
        }
        _ => {}
    }
    if let Some(code) = problem.and_then(tampering)
        && let Some(untold) = SPATE.tell(at_of(*id).map_or(0, |at| at.timestamp()))
    {
        tracing::warn!(
            request_id = %id, trace_id, operation = name, code, user, address = from(), untold,
            "a request tried what no client does"
        );
    }
    let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    let outcome = operation.and_then(|spec| authentication(spec.action, status, problem));
    if let Some(outcome) = outcome {
        tracing::info!(request_id = %id, trace_id, operation = name, outcome, code, user, address = from(), "authentication");
    } else if refused {
        tracing::info!(request_id = %id, trace_id, operation = name, code, user, address = from(), "a request was refused");
    }
    tracing::debug!(
        request_id = %id, trace_id, method = %request.method(), path = request.path(), status = status.as_u16(),
        took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX), operation = name, user,
        "a request was answered"
    );
}

/// How an authentication ended, if the operation is one, or asked for a proof that was wrong.
fn authentication(action: Action, status: StatusCode, problem: Option<&Problem>) -> Option<&'static str> {
    let proves = matches!(action, Action::IssueToken | Action::IntrospectToken | Action::ChangePassword);
    let guesses = proves || action == Action::UpdateUser;
    match problem {
        Some(Problem::OAuth { .. } | Problem::InvalidClient) if proves => Some("failure"),
        Some(Problem::Invalid(faults)) if faults.have("wrong_password") => Some("failure"),
        Some(Problem::TooManyAttempts { .. }) if guesses => Some("failure"),
        None if proves && status.is_success() => Some("success"),
        _ => None,
    }
}

/// What a request did that none does by mistake that goes by the document: it went beyond a limit, or tried fields that are
/// not there or not the caller's to write.
fn tampering(problem: &Problem) -> Option<&str> {
    match problem {
        Problem::BodyTooLarge | Problem::UriTooLong | Problem::HeadersTooLarge | Problem::Malformed(_) => {
            Some(problem.code())
        }
        Problem::Invalid(faults) => {
            let mut codes = faults.listed().iter().map(|fault| &*fault.code);
            codes.find(|code| matches!(*code, "not_writable" | "unknown" | "duplicate" | "invalid_cursor"))
        }
        _ => None,
    }
}

/// Most events of a second that are told, so that nobody can fill the log.
const MOST_TOLD: u64 = 10;

static SPATE: LogRateLimiter = LogRateLimiter { second: AtomicI64::new(0), events: AtomicU64::new(0) };

/// Counts events, of which many may come at once. Two that race at the turn of a second may be counted to either.
struct LogRateLimiter {
    second: AtomicI64,
    events: AtomicU64,
}

impl LogRateLimiter {
    /// Whether an event of this second is to be told, and then how many of the second before have not been.
    fn tell(&self, second: i64) -> Option<u64> {
        if self.second.swap(second, Relaxed) != second {
            return Some(self.events.swap(1, Relaxed).saturating_sub(MOST_TOLD));
        }
        (self.events.fetch_add(1, Relaxed) < MOST_TOLD).then_some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_events_in_a_second_ten_are_told_and_the_others_counted() {
        let spate = LogRateLimiter { second: AtomicI64::new(0), events: AtomicU64::new(0) };
        let told: Vec<u64> = (0..25).filter_map(|_| spate.tell(1)).collect();
        assert_eq!(told, [0; 10]);
        assert_eq!(spate.tell(2), Some(15));
        assert_eq!(spate.tell(2), Some(0));
        assert_eq!(spate.tell(3), Some(0));
    }
}

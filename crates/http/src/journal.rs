//! What the log tells of requests: at `info` the result of every authentication and every refusal, at `debug` every request.
//! Who, what, from where, the id by which the audit trail knows the request too, and the trace that it is part of. Never a
//! header, a body or a query string: tokens, passwords and what somebody searched for are in those.

use crate::{operations::Row, problem::Problem, service::Service, trace::TraceId};
use actix_web::{
    HttpMessage, HttpRequest,
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
    web,
};
use std::time::Instant;
use tracing::field::display;
use usher_domain::policy::Action;
use uuid::Uuid;

/// What is known of a request; it grows on the request's way in.
struct Entry {
    id: Uuid,
    trace: Option<TraceId>,
    began: Instant,
    operation: Option<&'static Row>,
    user: Option<Uuid>,
}

/// Opens the request's entry, and gives the request the id that it goes by.
pub fn open(request: &ServiceRequest) -> Uuid {
    let id = Uuid::now_v7();
    let trace = TraceId::of(request.headers());
    request.extensions_mut().insert(Entry { id, trace, began: Instant::now(), operation: None, user: None });
    id
}

/// The request's id.
pub fn request_id(request: &HttpRequest) -> Option<Uuid> {
    request.extensions().get::<Entry>().map(|entry| entry.id)
}

/// What is asked for.
pub fn operation(request: &HttpRequest, row: &'static Row) {
    if let Some(entry) = request.extensions_mut().get_mut::<Entry>() {
        entry.operation = Some(row);
    }
}

/// Who asks: the user of a token whose signature is good, or the one whose name was offered.
pub fn user(request: &HttpRequest, id: Uuid) {
    if let Some(entry) = request.extensions_mut().get_mut::<Entry>() {
        entry.user = Some(id);
    }
}

/// Writes the entry down, and counts it.
pub fn close<B>(response: &ServiceResponse<B>) {
    let request = response.request();
    let extensions = request.extensions();
    let Some(Entry { id, trace, began, operation, user }) = extensions.get::<Entry>() else { return };
    let status = response.status();
    let service = request.app_data::<web::Data<Service>>();
    let took = began.elapsed();
    if let Some(service) = service {
        service.metrics.answered(*operation, status, took);
    }
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    let code = problem.map(Problem::code);
    let (name, user, trace_id) = (operation.map(|row| row.id), user.map(display), trace.map(display));
    let from = || service?.address(request).map(display);
    match problem {
        Some(Problem::Internal(why)) => {
            tracing::error!(request_id = %id, trace_id, operation = name, why, "a request failed");
        }
        Some(Problem::Unavailable { why, .. }) => {
            tracing::warn!(request_id = %id, trace_id, operation = name, why, "a request was put off");
        }
        _ => {}
    }
    let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    let outcome = operation.and_then(|row| authentication(row.action, status, problem));
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
        Some(Problem::Invalid(faults)) if faults.iter().any(|fault| fault.code == "wrong_password") => Some("failure"),
        Some(Problem::TooManyAttempts { .. }) if guesses => Some("failure"),
        None if proves && status.is_success() => Some("success"),
        _ => None,
    }
}

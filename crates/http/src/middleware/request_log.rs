//! Logs, counts and traces every request. The log has likely tampering at `warn`, the outcome of every authentication and
//! every denial at `info`, and every request at `debug`.
//!
//! An entry shows who did what from where, the id by which the audit trail knows the request too, and the trace that it is part
//! of. It never shows a header field, a body or a query string: they contain tokens, passwords and search terms.

use super::{
    log_rate_limiter::LogRateLimiter,
    request_context::{RequestContext, request_context, set_trace},
    security_events::{authentication_outcome, tampering},
    trace,
};
use crate::{problem::Problem, service::Service};
use actix_web::{
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
    middleware::Next,
    web,
};
use tracing::{Instrument as _, Span, field::display};
use usher_domain::clock::time_of_id;

static TAMPERING: LogRateLimiter = LogRateLimiter::new();

/// Serves the request in a span of its own, and records the response.
pub async fn log(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (span, trace_id) = trace::open(&request);
    set_trace(request.request(), trace_id);
    let response = next.call(request).instrument(span.clone()).await?.map_into_boxed_body();
    record(&response, &span);
    Ok(response)
}

fn record<B>(response: &ServiceResponse<B>, span: &Span) {
    let request = response.request();
    let Some(context) = request_context(request) else { return };
    let service = request.app_data::<web::Data<Service>>();
    if let Some(service) = service {
        service.metrics.count_response(context.name(), response.status(), context.started_at.elapsed());
    }
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    let is_https = service.is_some_and(|service| service.settings.public_url.starts_with("https:"));
    trace::close(span, response, &context, problem.map(Problem::code), is_https);
    write_entries(response, &context, problem, service.map(|service| &***service));
}

fn write_entries<B>(
    response: &ServiceResponse<B>,
    context: &RequestContext,
    problem: Option<&Problem>,
    service: Option<&Service>,
) {
    let (request, status) = (response.request(), response.status());
    let RequestContext { id, started_at, trace_id, operation: spec, user_id, .. } = *context;
    let (operation, code) = (context.name(), problem.map(Problem::code));
    let (user, trace_id) = (user_id.map(display), trace_id.map(display));
    let address = || service?.client_address(request).map(display);
    match problem {
        Some(Problem::Internal(why)) => {
            tracing::error!(request_id = %id, trace_id, operation, why, "request failed");
        }
        Some(Problem::Unavailable { why, .. }) => {
            tracing::warn!(request_id = %id, trace_id, operation, why, "request rejected: service unavailable");
        }
        _ => {}
    }
    if let Some(code) = problem.and_then(tampering)
        && let Some(suppressed) = TAMPERING.suppressed_before(time_of_id(id).map_or(0, |at| at.timestamp()))
    {
        tracing::warn!(
            request_id = %id, trace_id, operation, code, user, address = address(), suppressed,
            "suspicious request rejected"
        );
    }
    let outcome = spec.and_then(|spec| authentication_outcome(spec.action, status, problem));
    if let Some(outcome) = outcome {
        tracing::info!(request_id = %id, trace_id, operation, outcome, code, user, address = address(), "authentication");
    } else if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        tracing::info!(request_id = %id, trace_id, operation, code, user, address = address(), "request denied");
    }
    tracing::debug!(
        request_id = %id, trace_id, method = %request.method(), path = request.path(), status = status.as_u16(),
        took_us = u64::try_from(started_at.elapsed().as_micros()).unwrap_or(u64::MAX), operation, user,
        "request served"
    );
}

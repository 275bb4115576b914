//! The span of a request, below the one that `traceparent` names; other spans below it show where time goes. The service
//! calls no other service over HTTP, so the trace ends here.
//!
//! The span has the attributes of OpenTelemetry's conventions for HTTP servers
//! (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>) and nothing about the caller: no header field, no query
//! string, no address, and the path only if it consists of the route and ids. The request's id leads from there to the log
//! and to the audit trail.

use super::{request_context::RequestContext, trace_context::trace_parent};
use actix_web::{
    HttpRequest,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, Version},
};
use opentelemetry::{
    Context, KeyValue,
    trace::{Status, TraceContextExt, TraceId},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

/// The name, within the process, of the span of a request. A span that is not below one belongs to no request.
pub const REQUEST_SPAN: &str = "request";

/// The methods that are recorded by name. Other methods are text that the client chooses.
static METHODS: [Method; 9] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::TRACE,
    Method::CONNECT,
];

/// Opens the span of a request, and returns the trace that it is part of. If no traces are exported, the span is disabled
/// and the trace is the caller's.
pub fn open(request: &ServiceRequest) -> (Span, Option<TraceId>) {
    let parent = trace_parent(request.headers());
    let span = tracing::info_span!(parent: None, REQUEST_SPAN, otel.kind = "server");
    if span.is_disabled() {
        return (span, parent.map(|parent| parent.trace_id));
    }
    if let Some(parent) = parent {
        let parent = parent.span_context(request.headers());
        // Fails only for a span that has been entered.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
    let trace_id = span.context().span().span_context().trace_id();
    (span, Some(trace_id))
}

/// Records what was requested and how it was answered; `code` is that of the problem.
pub fn close<B>(
    span: &Span,
    response: &ServiceResponse<B>,
    context: &RequestContext,
    code: Option<&'static str>,
    is_https: bool,
) {
    // First, because it is all that a request costs if nothing is traced.
    if span.is_disabled() {
        return;
    }
    let span_context = span.context();
    let span = span_context.span();
    if !span.is_recording() {
        return;
    }
    let (request, status) = (response.request(), response.status());
    let method = METHODS.iter().find(|known| *known == request.method()).map(Method::as_str);
    span.update_name(context.name().or(method).unwrap_or("HTTP"));
    let attributes = [
        Some(KeyValue::new("http.request.method", method.unwrap_or("_OTHER"))),
        Some(KeyValue::new("url.scheme", if is_https { "https" } else { "http" })),
        request.match_pattern().map(|route| KeyValue::new("http.route", route)),
        path(request).map(|path| KeyValue::new("url.path", path)),
        version(request.version()).map(|version| KeyValue::new("network.protocol.version", version)),
        Some(KeyValue::new("http.response.status_code", i64::from(status.as_u16()))),
        error_type(status, code).map(|kind| KeyValue::new("error.type", kind)),
        Some(KeyValue::new("usher.request_id", context.id.to_string())),
    ];
    span.set_attributes(attributes.into_iter().flatten());
    // An error of the client is not a failure of the server.
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
}

/// The path, if it consists of the route and ids. Anything else may be text that a person has typed.
fn path(request: &HttpRequest) -> Option<String> {
    request.match_pattern()?;
    let all_ids = request.match_info().iter().all(|(_, value)| Uuid::parse_str(value).is_ok());
    all_ids.then(|| request.path().to_owned())
}

fn version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        _ => None,
    }
}

fn error_type(status: StatusCode, code: Option<&'static str>) -> Option<String> {
    match code {
        Some(code) => Some(code.to_owned()),
        None if status.is_server_error() => Some(status.as_str().to_owned()),
        None => None,
    }
}

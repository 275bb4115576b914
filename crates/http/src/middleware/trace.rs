//! The trace that a request is part of (W3C Trace Context 1), and the service's own part in it: a span for each request, with
//! others below it where time goes. This service calls no other over HTTP, so the trace goes no further than here.
//!
//! The span says what OpenTelemetry's conventions for HTTP ask of a server
//! (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>), and nothing of who asks: no header, no query string, no
//! address, and the path only where nobody's own text can be in it. The request's id leads from there to the log and to the
//! audit trail.

use crate::{operation::OperationSpec, service::Service};
use actix_web::{
    HttpRequest,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, Version, header::HeaderMap},
    web,
};
use opentelemetry::{
    Context, KeyValue,
    trace::{SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

/// The name, within the process, of the span of a request. What has none above it belongs to no request.
pub const REQUEST_SPAN: &str = "request";

/// The methods that are told by their name; any other is somebody's own text.
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

/// Opens the span of a request, below the one that the request names, and tells the trace that they are part of. Where no
/// traces are exported the span is none, and the trace the request's own.
pub fn open(request: &ServiceRequest) -> (Span, Option<TraceId>) {
    let parent = parent(request.headers());
    let span = tracing::info_span!(parent: None, REQUEST_SPAN, otel.kind = "server");
    if span.is_disabled() {
        return (span, parent.map(|parent| parent.trace));
    }
    if let Some(Parent { trace, span: id, flags }) = parent {
        let parent = SpanContext::new(trace, id, flags, true, state(request.headers()));
        // It has only just been made, so there is no other yet.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
    let trace = span.context().span().span_context().trace_id();
    (span, Some(trace))
}

/// Has the span tell what was asked and how it was answered: `code` is that of the problem.
pub fn close<B>(
    span: &Span,
    response: &ServiceResponse<B>,
    id: Uuid,
    operation: Option<&'static OperationSpec>,
    code: Option<&'static str>,
) {
    // Asked first: where nothing is traced, that is all it costs.
    if span.is_disabled() {
        return;
    }
    let context = span.context();
    let span = context.span();
    if !span.is_recording() {
        return;
    }
    let (request, status) = (response.request(), response.status());
    let method = METHODS.iter().find(|known| *known == request.method()).map(Method::as_str);
    span.update_name(operation.map_or_else(|| method.unwrap_or("HTTP"), |spec| spec.id));
    let attributes = [
        Some(KeyValue::new("http.request.method", method.unwrap_or("_OTHER"))),
        Some(KeyValue::new("url.scheme", scheme(request))),
        request.match_pattern().map(|route| KeyValue::new("http.route", route)),
        path(request).map(|path| KeyValue::new("url.path", path)),
        version(request.version()).map(|version| KeyValue::new("network.protocol.version", version)),
        Some(KeyValue::new("http.response.status_code", i64::from(status.as_u16()))),
        error_type(status, code).map(|kind| KeyValue::new("error.type", kind)),
        Some(KeyValue::new("usher.request_id", id.to_string())),
    ];
    span.set_attributes(attributes.into_iter().flatten());
    // What a client did wrong is no failure of the server's.
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
}

/// The scheme that the world uses.
fn scheme(request: &HttpRequest) -> &'static str {
    let service = request.app_data::<web::Data<Service>>();
    let encrypted = service.is_some_and(|service| service.settings.public_url.starts_with("https:"));
    if encrypted { "https" } else { "http" }
}

/// The path, if there is nothing in it but the route and ids: whatever else somebody may have typed there.
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

/// What `traceparent` tells (§3.2): the trace, the caller's span, and whether the caller keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    pub trace: TraceId,
    pub span: SpanId,
    flags: TraceFlags,
}

/// The parent that the header fields name; `None` where there is none, or none that can be understood.
pub fn parent(headers: &HeaderMap) -> Option<Parent> {
    let mut values = headers.get_all("traceparent");
    match (values.next(), values.next()) {
        (Some(value), None) => Parent::parse(value.to_str().ok()?),
        _ => None,
    }
}

impl Parent {
    /// `version-trace-parent-flags`, in lower-case hex. What a later version has behind that is passed over.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '-');
        let version = hex(parts.next()?, 2)?;
        let trace = hex(parts.next()?, 32)?;
        let span = u64::try_from(hex(parts.next()?, 16)?).ok()?;
        let flags = u8::try_from(hex(parts.next()?, 2)?).ok()?;
        let known_length = version != 0 || parts.next().is_none();
        (version != 0xff && trace != 0 && span != 0 && known_length).then(|| Self {
            trace: TraceId::from(trace),
            span: SpanId::from(span),
            flags: TraceFlags::new(flags) & TraceFlags::SAMPLED,
        })
    }
}

/// What others have put into the trace (§3.3), to be passed on as it is; nothing, if it cannot be understood.
fn state(headers: &HeaderMap) -> TraceState {
    let members: Vec<&str> = headers.get_all("tracestate").filter_map(|value| value.to_str().ok()).collect();
    members.join(",").parse().unwrap_or_default()
}

/// A number of exactly so many lower-case hex digits.
fn hex(digits: &str, count: usize) -> Option<u128> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digits.len() == count && digits.bytes().all(is_hex)).then(|| u128::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_standard_calls_valid_is_taken() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        let parent = "b7ad6b7169203331";
        for good in [
            format!("00-{id}-{parent}-01"),
            format!("00-{id}-{parent}-00"),
            format!("cc-{id}-{parent}-01"),
            format!("cc-{id}-{parent}-01-what-comes-later"),
        ] {
            let understood = Parent::parse(&good).unwrap();
            assert_eq!(understood.trace.to_string(), id, "{good}");
            assert_eq!(understood.span.to_string(), parent, "{good}");
            assert_eq!(understood.flags.is_sampled(), !good.ends_with("-00"), "{good}");
        }
        for bad in [
            String::new(),
            id.to_owned(),
            format!("00-{id}-{parent}"),
            format!("00-{id}-{parent}-01-"),
            format!("00-{id}-{parent}-01-more"),
            format!("ff-{id}-{parent}-01"),
            format!("00-{}-{parent}-01", id.to_uppercase()),
            format!("00-{}-{parent}-01", "0".repeat(32)),
            format!("00-{id}-{}-01", "0".repeat(16)),
            format!("00-{}-{parent}-01", &id[1..]),
            format!("00-+{}-{parent}-01", &id[1..]),
            format!("0-{id}-{parent}-01"),
            format!("00-{id}-{parent}-1"),
            format!(" 00-{id}-{parent}-01"),
        ] {
            assert_eq!(Parent::parse(&bad), None, "{bad:?}");
        }
    }
}

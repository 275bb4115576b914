//! Which origins a browser may call from (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>): those in the settings,
//! never with cookies. Requests from other origins get no CORS header fields, so the browser withholds the response.
//!
//! ADR 0018 explains why this is not actix-cors.

use crate::service::Service;
use actix_web::{
    HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};

const ALLOW_METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// The header fields that the service reads, and those that tracing tools add to every request (W3C Trace Context, W3C
/// Baggage).
const ALLOW_HEADERS: &str = "accept, authorization, content-type, if-match, traceparent, tracestate, baggage";
/// The header fields of a response that a page may read.
const EXPOSE_HEADERS: &str = "content-location, etag, link, location, retry-after, www-authenticate, x-request-id";
/// For how many seconds a browser may reuse the answer to a preflight.
const MAX_AGE_SECONDS: &str = "600";

/// Adds the CORS header fields to the response.
pub async fn add_headers(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let service = request.app_data::<web::Data<Service>>().cloned();
    let Some(service) = service.filter(|service| !service.settings.cors_origins.is_empty()) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let origin = allowed_origin(&request, &service.settings.cors_origins);
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = next.call(request).await?.map_into_boxed_body();
    if is_preflight && origin.is_some() {
        // For a path that does not exist the preflight succeeds too, so that the page can read the 404 of its request.
        if !response.status().is_success() {
            response = response.into_response(HttpResponse::NoContent().finish());
        }
        add_preflight_headers(response.headers_mut(), &service.settings.cors_headers);
    }
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSE_HEADERS));
    }
    Ok(response)
}

/// The origin of the page that sent the request, if it is allowed. Browsers send host names in lower case, except in schemes
/// that they do not know.
fn allowed_origin(request: &ServiceRequest, allowed: &[String]) -> Option<HeaderValue> {
    let origin = request.headers().get(header::ORIGIN)?;
    allowed.iter().any(|allowed| allowed.as_bytes().eq_ignore_ascii_case(origin.as_bytes())).then(|| origin.clone())
}

/// Adds what only a preflight needs, besides the `Allow` of every answer to `OPTIONS`.
fn add_preflight_headers(headers: &mut HeaderMap, more_allowed: &[HeaderName]) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(ALLOW_METHODS));
    let allowed = more_allowed.iter().fold(ALLOW_HEADERS.to_owned(), |allowed, name| allowed + ", " + name.as_str());
    let allowed = HeaderValue::try_from(allowed).unwrap_or(HeaderValue::from_static(ALLOW_HEADERS));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE_SECONDS));
}

//! Which origins a browser may call from (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>): those of the settings,
//! and never with cookies. Whoever comes from elsewhere is answered as if there were no such thing; the browser keeps the
//! answer from them.

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

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// What a request may carry: what the service reads, and what tools for traces add to every request (W3C Trace Context, W3C
/// Baggage).
const TAKEN: &str = "accept, authorization, content-type, if-match, traceparent, tracestate, baggage";
/// What a page may read of an answer.
const SHOWN: &str = "content-location, etag, link, location, retry-after, www-authenticate, x-request-id";
/// For how many seconds a browser need not ask again.
const MAX_AGE: &str = "600";

/// Answers a browser that asks whether it may, and tells it whether a page may read the answer.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(service) = request.app_data::<web::Data<Service>>().filter(|it| !it.settings.cors_origins.is_empty())
    else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let service = service.clone();
    let origin = allowed(&request, &service.settings.cors_origins);
    let asks =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = next.call(request).await?.map_into_boxed_body();
    if asks && origin.is_some() {
        // A page that asks about nothing shall read for itself that there is nothing.
        if !response.status().is_success() {
            response = response.into_response(HttpResponse::NoContent().finish());
        }
        preflight(response.headers_mut(), &service.settings.cors_headers);
    }
    let headers: &mut HeaderMap = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(SHOWN));
    }
    Ok(response)
}

/// The origin of the page that sent a request, if it may read the answer. Browsers send hosts in lower case, but for those
/// of schemes that they do not know.
fn allowed(request: &ServiceRequest, origins: &[String]) -> Option<HeaderValue> {
    let origin = request.headers().get(header::ORIGIN)?;
    origins.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(origin.as_bytes())).then(|| origin.clone())
}

/// What a browser wants to know beforehand, beside what everyone is told who asks with `OPTIONS`.
fn preflight(headers: &mut HeaderMap, more: &[HeaderName]) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    let taken = more.iter().fold(TAKEN.to_owned(), |taken, name| taken + ", " + name.as_str());
    let taken = HeaderValue::try_from(taken).unwrap_or(HeaderValue::from_static(TAKEN));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, taken);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
}

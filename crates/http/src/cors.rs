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
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web,
};

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// What a request may carry.
const TAKEN: &str = "accept, authorization, content-type, if-match";
/// What a page may read of an answer.
const SHOWN: &str = "content-location, etag, link, location, retry-after, www-authenticate, x-request-id";
/// For how many seconds a browser need not ask again.
const MAX_AGE: &str = "600";

/// Answers a browser that asks whether it may, and tells it whether a page may read the answer.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let origin = match allowed(&request) {
        Caller::NoneIs => return Ok(next.call(request).await?.map_into_boxed_body()),
        Caller::IsNot => None,
        Caller::Is(origin) => Some(origin),
    };
    let asks =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = next.call(request).await?.map_into_boxed_body();
    if asks && origin.is_some() {
        // A page that asks about nothing shall read for itself that there is nothing.
        if !response.status().is_success() {
            response = response.into_response(HttpResponse::NoContent().finish());
        }
        preflight(response.headers_mut());
    }
    let headers: &mut HeaderMap = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(SHOWN));
    }
    Ok(response)
}

/// Whether a request comes from a page that may read its answer.
enum Caller {
    /// No page may.
    NoneIs,
    IsNot,
    Is(HeaderValue),
}

fn allowed(request: &ServiceRequest) -> Caller {
    let service = request.app_data::<web::Data<Service>>();
    let origins = service.map_or(&[][..], |service| &service.settings.cors_origins);
    if origins.is_empty() {
        return Caller::NoneIs;
    }
    let origin = request.headers().get(header::ORIGIN);
    match origin.filter(|origin| origins.iter().any(|known| known.as_bytes() == origin.as_bytes())) {
        Some(origin) => Caller::Is(origin.clone()),
        None => Caller::IsNot,
    }
}

/// What a browser wants to know beforehand, beside what everyone is told who asks with `OPTIONS`.
fn preflight(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(TAKEN));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
}

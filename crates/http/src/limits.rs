//! What holds before anything is parsed, and what every response carries: the outermost layer of the service.

use crate::problem::Problem;
use actix_web::{
    HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderName, HeaderValue},
    middleware::Next,
};
use uuid::Uuid;

/// Most bytes of a body.
pub const BODY: usize = 64 * 1024;
/// Most bytes of a URI.
pub const URI: usize = 8 * 1024;
/// Most bytes of all header fields together.
pub const HEADERS: usize = 32 * 1024;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that this request goes by in the log and in the audit trail.
#[derive(Debug, Clone, Copy)]
struct RequestId(Uuid);

/// The request's id.
pub fn request_id(request: &HttpRequest) -> Option<Uuid> {
    request.extensions().get::<RequestId>().map(|id| id.0)
}

/// Refuses what is too large, names the request, and finishes the response.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let id = Uuid::now_v7();
    request.extensions_mut().insert(RequestId(id));
    let mut response = match oversized(&request) {
        Some(problem) => request.into_response(problem.response(None)).map_into_boxed_body(),
        None => next.call(request).await?.map_into_boxed_body(),
    };
    if let Some(problem) = response.response().error().and_then(|error| error.as_error::<Problem>()) {
        match problem {
            Problem::Internal(why) => {
                tracing::error!(request_id = %id, why, "a request failed");
                let told = problem.response(Some(id));
                response = response.into_response(told);
            }
            Problem::Unavailable { why, .. } => tracing::warn!(request_id = %id, why, "a request was put off"),
            _ => {}
        }
    }
    finish(&mut response, id);
    Ok(response)
}

fn oversized(request: &ServiceRequest) -> Option<Problem> {
    let length = request.headers().get(header::CONTENT_LENGTH);
    if length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok()).is_some_and(|length| length > BODY as u64) {
        return Some(Problem::BodyTooLarge);
    }
    if request.uri().to_string().len() > URI {
        return Some(Problem::UriTooLong);
    }
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    (headers > HEADERS).then_some(Problem::HeadersTooLarge)
}

fn finish(response: &mut ServiceResponse<BoxBody>, id: Uuid) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let defaults = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in defaults {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

//! What holds before anything is parsed, and what every response carries: the outermost layer of the service.

use crate::{
    middleware::request_log,
    problem::Problem,
    request::size_limits::{MAX_BODY_BYTES, MAX_HEADER_BYTES, MAX_URI_BYTES},
    service::Service,
};
use actix_web::{
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use tracing::Instrument;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Refuses what is too large, has the request written down, and finishes the response.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (id, span) = request_log::open(&request);
    let mut response = match oversized(&request) {
        Some(problem) => request.error_response(problem).map_into_boxed_body(),
        None => next.call(request).instrument(span.clone()).await?.map_into_boxed_body(),
    };
    request_log::close(&response, &span);
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    if let Some(problem @ Problem::Internal(_)) = problem {
        let told = problem.response(Some(id));
        response = response.into_response(told);
    }
    finish(&mut response, id);
    Ok(response)
}

fn oversized(request: &ServiceRequest) -> Option<Problem> {
    let length = request.headers().get(header::CONTENT_LENGTH);
    if length
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok())
        .is_some_and(|length| length > MAX_BODY_BYTES as u64)
    {
        return Some(Problem::BodyTooLarge);
    }
    let uri = request.uri();
    let authority = uri.authority().map_or(0, |authority| authority.as_str().len());
    if authority + uri.path_and_query().map_or(0, |path| path.as_str().len()) > MAX_URI_BYTES {
        return Some(Problem::UriTooLong);
    }
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    (headers > MAX_HEADER_BYTES).then_some(Problem::HeadersTooLarge)
}

fn finish(response: &mut ServiceResponse<BoxBody>, id: Uuid) {
    let service = response.request().app_data::<web::Data<Service>>();
    if service.is_some_and(|service| service.is_leaving()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
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

//! Rejects requests that are too large before anything is parsed. Bodies without `Content-Length` are measured while they
//! are read (`request/body_reader.rs`).

use crate::{
    problem::Problem,
    request::size_limits::{MAX_BODY_BYTES, MAX_HEADER_BYTES, MAX_URI_BYTES},
};
use actix_web::{
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::CONTENT_LENGTH,
    middleware::Next,
};

/// Serves the request only if it is within the limits.
pub async fn enforce(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match exceeded(&request) {
        Some(problem) => Ok(request.error_response(problem).map_into_boxed_body()),
        None => Ok(next.call(request).await?.map_into_boxed_body()),
    }
}

fn exceeded(request: &ServiceRequest) -> Option<Problem> {
    let body_length =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if body_length.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Some(Problem::BodyTooLarge);
    }
    let uri = request.uri();
    let authority_length = uri.authority().map_or(0, |authority| authority.as_str().len());
    let path_length = uri.path_and_query().map_or(0, |path| path.as_str().len());
    if authority_length + path_length > MAX_URI_BYTES {
        return Some(Problem::UriTooLong);
    }
    // Each line has `: ` and a line break besides its name and value.
    let header_length: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    (header_length > MAX_HEADER_BYTES).then_some(Problem::HeadersTooLarge)
}

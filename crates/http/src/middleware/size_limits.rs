//! Rejects requests that are too large before anything is parsed.

use crate::{
    problem::Problem,
    request::size_limits::{TooLarge, exceeded},
};
use actix_web::{
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

/// Serves the request only if it is within the limits.
pub async fn enforce(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let problem = match exceeded(request.head()) {
        None => return Ok(next.call(request).await?.map_into_boxed_body()),
        Some(TooLarge::Body) => Problem::BodyTooLarge,
        Some(TooLarge::Uri) => Problem::UriTooLong,
        Some(TooLarge::Headers) => Problem::HeadersTooLarge,
    };
    Ok(request.error_response(problem).map_into_boxed_body())
}

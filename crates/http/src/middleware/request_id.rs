//! The id of a request: in `X-Request-Id`, and in the body of an internal error, by which the log can be searched.

use super::request_context::RequestContext;
use crate::problem::Problem;
use actix_web::{
    HttpMessage as _,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
};
use uuid::Uuid;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Assigns the id and adds it to the response.
pub async fn assign(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let id = Uuid::now_v7();
    request.extensions_mut().insert(RequestContext::new(id));
    let mut response = next.call(request).await?.map_into_boxed_body();
    if let Some(body) = internal_error(&response, id) {
        response = response.map_body(|_, _| BoxBody::new(body));
    }
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    Ok(response)
}

/// The body of an internal error, with the id. An error does not know its request, so it was written without the id.
fn internal_error<B>(response: &ServiceResponse<B>, id: Uuid) -> Option<Vec<u8>> {
    let problem = response.response().error()?.as_error::<Problem>()?;
    matches!(problem, Problem::Internal(_)).then(|| serde_json::to_vec(&problem.document(Some(id))).ok())?
}

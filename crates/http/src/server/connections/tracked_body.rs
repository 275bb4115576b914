//! The middleware that records which requests are in progress.

use super::request_phase::{RequestInProgress, RequestPhase};
use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Bytes,
};
use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

/// The body of a response. The request is in progress until all of it is sent, or given up.
pub struct TrackedBody {
    body: BoxBody,
    _request: Option<RequestInProgress>,
}

/// Records that the request is in progress. This is the outermost middleware.
pub async fn track(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<TrackedBody>, actix_web::Error> {
    let in_progress = request.conn_data::<Rc<RequestPhase>>().map(RequestInProgress::begin);
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| TrackedBody { body: body.boxed(), _request: in_progress }))
}

impl MessageBody for TrackedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

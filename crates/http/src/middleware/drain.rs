//! While the service drains, no response keeps its connection, so that clients connect to another replica.

use crate::service::Service;
use actix_web::{
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::ConnectionType,
    middleware::Next,
    web,
};

/// Closes the connection after the response if the service is draining.
pub async fn close_connections(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    let service = response.request().app_data::<web::Data<Service>>();
    if service.is_some_and(|service| service.is_draining()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

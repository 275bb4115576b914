//! Liveness and readiness.

pub mod live;
pub mod ready;

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

/// The health of the service.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

/// The response of a healthy service.
pub fn ok() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

//! Whether the service lives, and whether it can serve.

use crate::problem::Problem;
use actix_web::HttpResponse;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// Longest that the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// How the service is.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

/// It is as it should be.
pub fn ok() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

pub mod live {
    use super::{Health, HttpResponse, Problem, ok};
    use crate::{
        call::Call,
        operations::{GetLiveness, Operation},
    };

    /// Is it alive?
    ///
    /// Answers as long as the process can, from its start on; it does not look at the database.
    #[utoipa::path(get, path = GetLiveness::ROW.path, impl_for = GetLiveness, tag = "service",
        responses((status = 200, description = "It is alive", body = Health)))]
    pub async fn handle(_: Call<GetLiveness>) -> Result<HttpResponse, Problem> {
        Ok(ok())
    }
}

pub mod ready {
    use super::{Health, HttpResponse, PATIENCE, Problem, ok};
    use crate::{
        call::Call,
        operations::{GetReadiness, Operation},
    };

    /// Can it serve?
    ///
    /// Answers 200 while the database answers and takes writes and the service is neither starting nor about to stop, else 503.
    /// A database that has become read-only, such as a former primary after a failover, takes no writes. The probe itself writes
    /// nothing.
    #[utoipa::path(get, path = GetReadiness::ROW.path, impl_for = GetReadiness, tag = "service",
        responses((status = 200, description = "It can serve", body = Health)))]
    pub async fn handle(call: Call<GetReadiness>) -> Result<HttpResponse, Problem> {
        if call.service.is_leaving() {
            return Err(Problem::Unavailable { retry_after: PATIENCE, why: "the service is about to stop".to_owned() });
        }
        match tokio::time::timeout(PATIENCE, call.service.database.takes_writes()).await {
            Ok(answer) => answer?,
            Err(_) => {
                let why = "the database did not answer in time".to_owned();
                return Err(Problem::Unavailable { retry_after: PATIENCE, why });
            }
        }
        Ok(ok())
    }
}

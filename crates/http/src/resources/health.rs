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
    use super::{Health, Problem, ok};
    use crate::{
        operation::{operation, response::Json},
        request::AuthorizedRequest,
    };

    operation! {
        /// Is it alive?
        ///
        /// Answers as long as the process can, from its start on; it does not look at the database.
        GetLiveness
    }

    pub async fn handle(_: AuthorizedRequest<GetLiveness>) -> Result<Json<Health>, Problem> {
        Ok(Json::new(ok()))
    }
}

pub mod ready {
    use super::{Health, PATIENCE, Problem, ok};
    use crate::{
        operation::{operation, response::Json},
        request::AuthorizedRequest,
    };

    operation! {
        /// Can it serve?
        ///
        /// Answers 200 while the database answers and takes writes and the service is neither starting nor about to stop, else
        /// 503. A database that has become read-only, such as a former primary after a failover, takes no writes. The probe
        /// itself writes nothing.
        GetReadiness
    }

    pub async fn handle(request: AuthorizedRequest<GetReadiness>) -> Result<Json<Health>, Problem> {
        if request.service.is_leaving() {
            return Err(Problem::Unavailable { retry_after: PATIENCE, why: "the service is about to stop".to_owned() });
        }
        match tokio::time::timeout(PATIENCE, request.service.database.takes_writes()).await {
            Ok(answer) => answer?,
            Err(_) => {
                let why = "the database did not answer in time".to_owned();
                return Err(Problem::Unavailable { retry_after: PATIENCE, why });
            }
        }
        Ok(Json::new(ok()))
    }
}

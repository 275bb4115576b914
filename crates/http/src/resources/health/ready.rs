//! Readiness.

use super::{Health, ok};
use crate::{
    operation::{operation, response::Json},
    problem::Problem,
    request::AuthorizedRequest,
};
use std::time::Duration;

/// How long the database may take to respond.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(1);

operation! {
    /// Readiness probe
    ///
    /// Returns 200 while the database responds and accepts writes and the service is neither starting nor stopping,
    /// otherwise 503. A read-only database, such as a former primary after a failover, does not accept writes. The
    /// probe itself writes nothing.
    GetReadiness
}

pub async fn handle(request: AuthorizedRequest<GetReadiness>) -> Result<Json<Health>, Problem> {
    if request.service.is_draining() {
        return Err(Problem::Unavailable { retry_after: DATABASE_TIMEOUT, why: "the service is stopping".to_owned() });
    }
    match tokio::time::timeout(DATABASE_TIMEOUT, request.service.database.takes_writes()).await {
        Ok(answer) => answer?,
        Err(_) => {
            let why = "the database did not answer in time".to_owned();
            return Err(Problem::Unavailable { retry_after: DATABASE_TIMEOUT, why });
        }
    }
    Ok(Json::new(ok()))
}

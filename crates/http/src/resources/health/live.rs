//! Liveness.

use super::{Health, ok};
use crate::{
    operation::{operation, response::Json},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Liveness probe
    ///
    /// Returns 200 from process start for as long as the process can respond. It does not query the database.
    GetLiveness
}

pub async fn handle(_: AuthorizedRequest<GetLiveness>) -> Result<Json<Health>, Problem> {
    Ok(Json::new(ok()))
}

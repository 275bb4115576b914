//! Renaming a factor.

use super::{FactorMembers, FactorResource};
use crate::{
    operation::{operation, response::Represented},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
};
use usher_domain::FactorName;

request! {
    /// The new name.
    pub struct FactorChanges as "FactorChanges" {
        /// What the factor is called
        required name: FactorName,
    }
}

operation! {
    /// Rename a second factor
    ///
    /// Changes what the factor is called. Sending the current name changes nothing, but needs a fresh session too.
    RenameFactor
}

pub async fn handle(request: AuthorizedRequest<RenameFactor>) -> Result<Represented<FactorResource>, Problem> {
    let (accounts, write) = (&request.service.accounts, request.write_request());
    let factor = accounts.rename_factor(&write, &request.target.factor, &request.body.name).await?;
    request.factor(&request.principal, &factor, FactorMembers::from(&factor))
}

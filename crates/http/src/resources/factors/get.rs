//! Reading a factor.

use super::{FactorMembers, FactorResource};
use crate::{
    operation::{operation, response::Represented},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Get a second factor
    ///
    /// Returns a second factor of a user, without its secrets.
    GetFactor
}

pub async fn handle(request: AuthorizedRequest<GetFactor>) -> Result<Represented<FactorResource>, Problem> {
    let factor = &request.target.factor;
    request.factor(&request.principal, factor, FactorMembers::from(&**factor))
}

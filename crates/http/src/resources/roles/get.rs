//! Reading a role.

use super::RoleResource;
use crate::{
    operation::{operation, response::Represented},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Get a role
    ///
    /// Returns a role with its permissions, and how many users have it.
    GetRole
}

pub async fn handle(request: AuthorizedRequest<GetRole>) -> Result<Represented<RoleResource>, Problem> {
    request.role(&request.principal, &request.target.role)
}

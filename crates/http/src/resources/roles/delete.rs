//! Deleting a role.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Delete a role
    ///
    /// Deletes a role that no user has.
    DeleteRole
}

pub async fn handle(request: AuthorizedRequest<DeleteRole>) -> Result<NoContent, Problem> {
    request.service.database.delete_role(&request.write_request(), &request.target.role.role.name).await?;
    Ok(NoContent::default())
}

//! Deleting a user.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Delete a user
    ///
    /// Removes the user and their sessions and frees their names; audit events keep the id. The last active admin with a
    /// password stays.
    DeleteUser
}

pub async fn handle(request: AuthorizedRequest<DeleteUser>) -> Result<NoContent, Problem> {
    request.service.database.delete_user(&request.write_request(), request.target.user.id).await?;
    Ok(NoContent::default())
}

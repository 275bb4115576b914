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

pub async fn handle(call: AuthorizedRequest<DeleteUser>) -> Result<NoContent, Problem> {
    call.service.database.delete_user(&call.write_request(), call.target.0.id).await?;
    Ok(NoContent::default())
}

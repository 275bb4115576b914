//! Deleting a user.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Delete a user
    ///
    /// Deletes the user and their sessions and releases the username and e-mail address; audit events keep the id. The
    /// last active admin with a password cannot be deleted.
    DeleteUser
}

pub async fn handle(request: AuthorizedRequest<DeleteUser>) -> Result<NoContent, Problem> {
    request.service.database.delete_user(&request.write_request(), request.target.user.id).await?;
    Ok(NoContent::default())
}

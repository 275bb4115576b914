//! Reactivating a user.

use super::UserResource;
use crate::{
    operation::{operation, response::Represented},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Reactivate a user
    ///
    /// Allows a suspended user to sign in again.
    ReactivateUser
}

pub async fn handle(request: AuthorizedRequest<ReactivateUser>) -> Result<Represented<UserResource>, Problem> {
    let user = request.service.database.reactivate_user(&request.write_request(), request.target.user.id).await?;
    request.user(&user)
}

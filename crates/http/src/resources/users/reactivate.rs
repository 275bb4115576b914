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
    /// Lets a suspended user sign in again.
    ReactivateUser
}

pub async fn handle(call: AuthorizedRequest<ReactivateUser>) -> Result<Represented<UserResource>, Problem> {
    let user = call.service.database.reactivate_user(&call.write_request(), call.target.0.id).await?;
    call.user(&user)
}

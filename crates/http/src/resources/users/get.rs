//! Reading a user.

use super::UserResource;
use crate::{
    operation::{operation, response::Represented},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Get a user
    ///
    /// Returns a user. Allowed for the user and for admins.
    GetUser
}

pub async fn handle(request: AuthorizedRequest<GetUser>) -> Result<Represented<UserResource>, Problem> {
    request.user(&request.target.user)
}

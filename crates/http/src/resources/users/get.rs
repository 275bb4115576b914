//! Reading a user.

use super::UserResource;
use crate::{
    operation::{operation, response::Represented},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Read a user
    ///
    /// The user themself and admins.
    GetUser
}

pub async fn handle(request: AuthorizedRequest<GetUser>) -> Result<Represented<UserResource>, Problem> {
    request.user(&request.target.user)
}

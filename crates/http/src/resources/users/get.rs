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

pub async fn handle(call: AuthorizedRequest<GetUser>) -> Result<Represented<UserResource>, Problem> {
    call.user(&call.target.0)
}

//! The caller's own user.

use crate::{
    operation::{operation, response::Represented},
    problem::Problem,
    request::AuthorizedRequest,
    resources::users::UserResource,
};

operation! {
    /// Get the current user
    ///
    /// Returns the user who owns the access token, in the same representation as at the user's own path.
    GetMe
}

pub async fn handle(request: AuthorizedRequest<GetMe>) -> Result<Represented<UserResource>, Problem> {
    request.user(&request.target.user)
}

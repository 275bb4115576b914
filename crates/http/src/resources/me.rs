//! The caller's own user.

use crate::{
    operation::{operation, response::Represented},
    problem::Problem,
    request::AuthorizedRequest,
    resources::users::UserResource,
};

operation! {
    /// Read yourself
    ///
    /// The user whose token this is: the same representation as under the user's own path.
    GetMe
}

pub async fn handle(request: AuthorizedRequest<GetMe>) -> Result<Represented<UserResource>, Problem> {
    request.user(&request.target.user)
}

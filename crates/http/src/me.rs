//! The caller's own user.

use crate::{
    call::Call,
    operation::{operation, response::Represented},
    problem::Problem,
    users::UserResource,
};

operation! {
    /// Read yourself
    ///
    /// The user whose token this is: the same representation as under the user's own path.
    GetMe
}

pub async fn handle(call: Call<GetMe>) -> Result<Represented<UserResource>, Problem> {
    call.user(&call.target.0)
}

//! Reading a user.

use super::UserResource;
use crate::{
    call::Call,
    operation::{operation, response::Represented},
    problem::Problem,
};

operation! {
    /// Read a user
    ///
    /// The user themself and admins.
    GetUser
}

pub async fn handle(call: Call<GetUser>) -> Result<Represented<UserResource>, Problem> {
    call.user(&call.target.0)
}

//! Reactivating a user.

use super::UserResource;
use crate::{
    call::Call,
    operation::{operation, response::Represented},
    problem::Problem,
};

operation! {
    /// Reactivate a user
    ///
    /// Lets a suspended user sign in again.
    ReactivateUser
}

pub async fn handle(call: Call<ReactivateUser>) -> Result<Represented<UserResource>, Problem> {
    let user = call.service.database.reactivate_user(&call.ask(), call.target.0.id).await?;
    call.user(&user)
}

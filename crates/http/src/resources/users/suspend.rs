//! Suspending a user.

use super::UserResource;
use crate::{
    operation::{operation, response::Represented},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Suspend a user
    ///
    /// Ends the user's sessions at once and blocks sign-in until the user is reactivated. Discards a pending change of
    /// the e-mail address and invalidates every link mailed so far, also after reactivation.
    SuspendUser
}

pub async fn handle(request: AuthorizedRequest<SuspendUser>) -> Result<Represented<UserResource>, Problem> {
    let user = request.service.database.suspend_user(&request.write_request(), request.target.user.id).await?;
    request.user(&user)
}

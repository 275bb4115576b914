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
    /// Ends the user's sessions at once and keeps them from signing in until they are reactivated. A pending change of the
    /// e-mail address is forgotten, and every link mailed until now is worthless, also after the reactivation.
    SuspendUser
}

pub async fn handle(request: AuthorizedRequest<SuspendUser>) -> Result<Represented<UserResource>, Problem> {
    let user = request.service.database.suspend_user(&request.write_request(), request.target.user.id).await?;
    request.user(&user)
}

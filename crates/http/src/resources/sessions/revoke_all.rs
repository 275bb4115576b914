//! The end of all of a user's sessions.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Revoke a user's sessions
    ///
    /// Signs the user out everywhere, at once, including the session of the request itself. If an admin does this to
    /// another user, a pending change of the e-mail address is discarded and every link mailed so far is invalidated.
    RevokeSessions
}

pub async fn handle(request: AuthorizedRequest<RevokeSessions>) -> Result<NoContent, Problem> {
    request.service.database.revoke_sessions(&request.write_request(), request.target.user.id).await?;
    Ok(NoContent::default())
}

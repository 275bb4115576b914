//! The end of one session.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Revoke a session
    ///
    /// Ends one session at once. If an admin does this to another user, a pending change of the e-mail address is
    /// discarded and every link mailed so far is invalidated.
    RevokeSession
}

pub async fn handle(request: AuthorizedRequest<RevokeSession>) -> Result<NoContent, Problem> {
    let session = &request.target.session;
    request.service.database.revoke_session(&request.write_request(), session.user_id, session.id).await?;
    Ok(NoContent::default())
}

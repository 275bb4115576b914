//! The end of one session.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Revoke a session
    ///
    /// Signs the user out on one device, at once. Where an admin does this to another user, a pending change of the e-mail
    /// address is forgotten and every link mailed until now is worthless.
    RevokeSession
}

pub async fn handle(request: AuthorizedRequest<RevokeSession>) -> Result<NoContent, Problem> {
    let session = &request.target.session;
    request.service.database.revoke_session(&request.write_request(), session.user_id, session.id).await?;
    Ok(NoContent::default())
}

//! The end of all of a user's API keys.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Revoke a user's API keys
    ///
    /// Ends every API key of the user at once. Sessions continue.
    RevokeApiKeys
}

pub async fn handle(request: AuthorizedRequest<RevokeApiKeys>) -> Result<NoContent, Problem> {
    request.service.database.revoke_api_keys(&request.write_request(), request.target.user.id).await?;
    Ok(NoContent::default())
}

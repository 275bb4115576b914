//! The end of one API key.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Revoke an API key
    ///
    /// Ends one API key at once. It can also be revoked by sending it to `/v1/oauth/revoke`.
    RevokeApiKey
}

pub async fn handle(request: AuthorizedRequest<RevokeApiKey>) -> Result<NoContent, Problem> {
    let key = &request.target.key;
    request.service.database.revoke_api_key(&request.write_request(), key.user_id, key.id).await?;
    Ok(NoContent::default())
}

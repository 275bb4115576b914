//! Revocation (RFC 7009).

use crate::{
    operation::{operation, response::Done},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Revoke a token
    ///
    /// Ends the session that issued the token, or the API key; access tokens, refresh tokens and API keys are accepted. An
    /// unknown token gets the same response, because it is already invalid.
    RevokeToken
}

pub async fn handle(request: AuthorizedRequest<RevokeToken>) -> Result<Done, Problem> {
    request.service.accounts.revoke_token(&request.body.token, &request.metadata()).await?;
    Ok(Done::default())
}

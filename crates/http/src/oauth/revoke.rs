//! Revocation (RFC 7009).

use super::presented::{Meaning, meaning};
use crate::{
    operation::{operation, response::Done},
    problem::Problem,
    request::{AuthorizedRequest, lookup},
};
use usher_domain::policy::Principal;
use usher_persistence::{Credential, NoRow, TargetIds};

operation! {
    /// Revoke a token
    ///
    /// Ends the session that issued the token; access tokens and refresh tokens are accepted. An unknown token gets the
    /// same response, because it is already invalid.
    RevokeToken
}

pub async fn handle(request: AuthorizedRequest<RevokeToken>) -> Result<Done, Problem> {
    let service = &request.service;
    let Some(Meaning { caller, .. }) = meaning(service, &request.body.token).await? else {
        return Ok(Done::default());
    };
    // Nobody ends a session with a token whose key has been revoked.
    if lookup::<NoRow>(service, Some(&caller), TargetIds::NONE).await?.principal == Principal::Anonymous {
        return Ok(Done::default());
    }
    let Credential { user, session } = caller.credential;
    let kid = caller.kid.as_deref();
    service.database.end_session(user, session, kid, &request.metadata()).await?;
    Ok(Done::default())
}

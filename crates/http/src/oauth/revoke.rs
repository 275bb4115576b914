//! Revocation (RFC 7009).

use super::presented::{Meaning, meaning};
use crate::{
    call::{Call, find},
    operations::{Operation, RevokeToken},
    problem::Problem,
};
use actix_web::HttpResponse;
use usher_domain::policy::Actor;
use usher_persistence::{About, Credential};

/// Revoke a token
///
/// Ends the session that the token is of, whichever of its tokens it is. A token that is not known is as good as revoked, so
/// the answer is the same.
#[utoipa::path(post, path = RevokeToken::ROW.path, impl_for = RevokeToken, tag = "accounts",
    responses((status = 200, description = "The token is good for nothing")))]
pub async fn handle(call: Call<RevokeToken>) -> Result<HttpResponse, Problem> {
    let service = &call.service;
    let Some(Meaning { caller, .. }) = meaning(service, &call.body.token).await? else {
        return Ok(HttpResponse::Ok().finish());
    };
    // Nobody ends a session with a token whose key has been revoked.
    if find(service, Some(&caller), About::default()).await?.actor == Actor::Nobody {
        return Ok(HttpResponse::Ok().finish());
    }
    let Credential { user, session } = caller.credential;
    let kid = caller.kid.as_deref();
    service.database.end_session(user, session, kid, &service.origin(&call.request)).await?;
    Ok(HttpResponse::Ok().finish())
}

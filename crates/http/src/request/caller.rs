//! The caller that an access token names, and what the database knows of them.

use super::credentials::{access_token, authenticate_client};
use crate::{operation::Authentication, problem::Problem, service::Service};
use actix_web::http::header::HeaderMap;
use std::sync::Arc;
use usher_auth::Claims;
use usher_domain::policy::Principal;
use usher_persistence::{Credential, LookupResult, TargetIds, TargetRow};

/// The user and the session that a token names.
pub struct Caller {
    pub credential: Credential,
    /// The key that the token is signed with, if it is signed.
    pub kid: Option<Arc<str>>,
}

impl From<&Claims> for Caller {
    fn from(claims: &Claims) -> Self {
        let credential = Credential { session: claims.sid, user: claims.sub };
        Self { credential, kid: Some(Arc::clone(&claims.kid)) }
    }
}

/// The caller that the request's credentials name; `None` where the operation does not read a token or there is none. A
/// client that has to authenticate itself and has not is an error.
pub async fn authenticate(
    service: &Service,
    headers: &HeaderMap,
    authentication: Authentication,
) -> Result<Option<Caller>, Problem> {
    match authentication {
        Authentication::None => Ok(None),
        Authentication::Client => authenticate_client(&service.settings.introspection_clients, headers).map(|()| None),
        Authentication::Optional | Authentication::Required => {
            let Some(token) = access_token(headers)? else { return Ok(None) };
            let claims = service.keyring.verify(token.secret(), &service.database).await?;
            Ok(Some(Caller::from(&claims)))
        }
    }
}

/// The current rows of the caller and of the target. A token whose signing key has been revoked names nobody.
pub async fn lookup<T: TargetRow>(
    service: &Service,
    caller: Option<&Caller>,
    target_ids: TargetIds,
) -> Result<LookupResult<T>, Problem> {
    let mut found = service.database.lookup().find(caller.map(|caller| caller.credential), target_ids).await?;
    if let Some(kid) = caller.and_then(|caller| caller.kid.as_deref())
        && !service.keyring.is_in_use(kid, found.keys, &service.database).await?
    {
        found.principal = Principal::Anonymous;
    }
    Ok(found)
}

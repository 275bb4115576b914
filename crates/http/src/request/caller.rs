//! The caller that the credentials of a request name.

use super::credentials::{access_token, authenticate_client};
use crate::{operation::Authentication, problem::Problem, service::Service};
use actix_web::http::header::HeaderMap;
use usher_accounts::Caller;

/// The caller that the request's credentials name; `None` if the operation does not read a token or there is none. A
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
            Ok(Some(service.accounts.authenticate(token.secret()).await?))
        }
    }
}

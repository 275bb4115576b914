//! Continuing a browser session.

use super::{MAX_ACCESS_TOKEN_LIFETIME, answer, cookie::SessionCookie, same_origin};
use crate::{
    middleware::request_context::{ConsoleEndpoint, set_endpoint},
    oauth::token,
    problem::{Problem, TokenError},
    service::Service,
};
use actix_web::{HttpRequest, HttpResponse, web};
use usher_accounts::Error;

/// Issues an access token for the session of the cookie, and replaces the refresh token in the cookie. The cookie stays if it
/// is refused: another tab may have signed in since this request was sent, and would lose its session.
pub async fn issue(service: web::Data<Service>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    set_endpoint(&request, ConsoleEndpoint::Token);
    same_origin::check(request.headers(), &service.settings.public_url)?;
    let refresh_token = SessionCookie::of(&service.settings).read(request.headers());
    let refresh_token = refresh_token.ok_or(Problem::Unauthorized(TokenError::Missing))?;
    let issued = service.accounts.refresh(refresh_token, &service.request_metadata(&request)).await;
    let issued = issued.map_err(|error| match error {
        Error::InvalidCredentials => Problem::Unauthorized(TokenError::Invalid),
        error => error.into(),
    })?;
    let tokens = token::tokens(&service.accounts, &request, issued, Some(MAX_ACCESS_TOKEN_LIFETIME)).await?;
    Ok(answer(&service, tokens))
}

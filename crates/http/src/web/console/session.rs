//! Signing in and out: the beginning and the end of a browser session.

use super::{MAX_ACCESS_TOKEN_LIFETIME, answer, cookie::SessionCookie, same_origin};
use crate::{
    middleware::request_context::{ConsoleEndpoint, set_endpoint},
    oauth::token::{self, Grant, IssueToken},
    problem::Problem,
    request::{
        authorize,
        credentials::{Credentials, access_token},
    },
    service::Service,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use tracing::field::display;

/// Begins a session, as the token endpoint does, and puts its refresh token into the cookie. The session that the cookie had
/// before ends.
pub async fn begin(
    service: web::Data<Service>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    set_endpoint(&request, ConsoleEndpoint::SignIn);
    same_origin::check(request.headers(), &service.settings.public_url)?;
    let authorized = authorize::<IssueToken>(&request, payload.into_inner(), "").await?;
    if matches!(authorized.body, Grant::Refresh { .. }) {
        let description = "`refresh_token` is not accepted here: the cookie holds the refresh token.".into();
        return Err(Problem::OAuth { error: "unsupported_grant_type", description });
    }
    let tokens = token::issue(&authorized, Some(MAX_ACCESS_TOKEN_LIFETIME)).await?;
    let earlier = SessionCookie::of(&service.settings).candidates(request.headers());
    let metadata = service.request_metadata(&request);
    if let Err(error) = service.accounts.end_sessions_of(&earlier, &metadata).await {
        let request_id = metadata.request_id.map(display);
        tracing::warn!(request_id, %error, "the earlier session of a browser was not ended");
    }
    Ok(answer(&service, tokens))
}

/// Ends the session of the cookie, and that of the access token if the request has one, and removes the cookie. Of several
/// cookies of the name, each may be the one of the session. If the database is unavailable, the cookie stays: without it,
/// nobody could end the session.
pub async fn end(service: web::Data<Service>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    set_endpoint(&request, ConsoleEndpoint::SignOut);
    let headers = request.headers();
    same_origin::check(headers, &service.settings.public_url)?;
    let cookie = SessionCookie::of(&service.settings);
    let mut tokens = cookie.candidates(headers);
    // One that is malformed is ignored, as one that has expired is.
    let access_token = access_token(headers).ok().flatten();
    tokens.extend(access_token.as_ref().map(Credentials::secret));
    service.accounts.end_sessions_of(&tokens, &service.request_metadata(&request)).await?;
    Ok(HttpResponse::NoContent().insert_header((header::SET_COOKIE, cookie.removed())).finish())
}

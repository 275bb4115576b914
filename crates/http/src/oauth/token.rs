//! The token endpoint (RFC 6749 §3.2).

pub use super::grant::Grant;
use super::{mfa::complete_sign_in, passkey, password::sign_in};
use crate::{
    middleware::request_context,
    operation::{operation, response::Json},
    problem::Problem,
    request::AuthorizedRequest,
};
use actix_web::{HttpRequest, HttpResponse, http::header};
use serde::Serialize;
use std::time::Duration;
use usher_accounts::{Accounts, IssuedSession};
use utoipa::ToSchema;

/// A token (RFC 6749 §5.1).
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub struct Token {
    /// The access token: a JWT (RFC 9068). Send it as `Authorization: Bearer …`.
    #[schema(example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMTkzIn0.c2lnbmF0dXJl")]
    access_token: String,
    /// `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Lifetime of the access token in seconds.
    #[schema(example = 900)]
    expires_in: u64,
    /// Can be used once to get the next access token of this session; that response contains a new refresh token.
    #[schema(example = "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu")]
    refresh_token: String,
}

operation! {
    /// Issue tokens
    ///
    /// Exchanges a username or e-mail address and a password for tokens and starts a session, or exchanges a refresh
    /// token for the session's next tokens. A refresh token can be used once; the response contains its successor. If a
    /// used token is sent again within 10 seconds, or later while its successor is unused, the response contains the
    /// same successor again. Any later reuse revokes the session, because two clients hold the token.
    ///
    /// For a user with a second factor, the right password is answered with the error `mfa_required`: it has an `mfa_token`,
    /// which is valid for five minutes, and the methods that the user can choose from. The session starts when the grant
    /// `urn:usher:grant:mfa` proves one of them with that token. After five wrong proofs the token is spent.
    ///
    /// The grant `urn:usher:grant:passkey` starts a session with a passkey that has verified its user, without a password.
    /// `sign-in-with-passkey` returns the options and the ceremony for both grants.
    IssueToken
}

pub async fn handle(request: AuthorizedRequest<IssueToken>) -> Result<Json<Token>, Problem> {
    let IssuedTokens { access_token, expires_in, refresh_token } = issue(&request, None).await?;
    let token = Token { access_token, token_type: "Bearer", expires_in, refresh_token };
    Ok(Json::new(HttpResponse::Ok().insert_header((header::PRAGMA, "no-cache")).json(token)))
}

/// The tokens of a session that has begun or was continued.
pub struct IssuedTokens {
    pub access_token: String,
    /// Lifetime of the access token in seconds.
    pub expires_in: u64,
    pub refresh_token: String,
}

/// Exchanges what the request offers for tokens. The access token lives at most for `max_lifetime`.
pub async fn issue(
    request: &AuthorizedRequest<IssueToken>,
    max_lifetime: Option<Duration>,
) -> Result<IssuedTokens, Problem> {
    let accounts = &request.service.accounts;
    let issued = match &request.body {
        Grant::Password { username, password } => {
            let result = sign_in(request, username, password).await;
            request.service.metrics.count_sign_in(&result);
            result?
        }
        Grant::Mfa { mfa_token, factor } => {
            let result = complete_sign_in(request, mfa_token, factor).await;
            request.service.metrics.count_sign_in(&result);
            result?
        }
        Grant::Passkey { ceremony, credential } => {
            let result = passkey::sign_in(request, ceremony, credential).await;
            request.service.metrics.count_sign_in(&result);
            result?
        }
        Grant::Refresh { refresh_token } => accounts.refresh(refresh_token, &request.metadata()).await?,
    };
    tokens(accounts, &request.http_request, issued, max_lifetime).await
}

/// The tokens of the session; its access token lives at most for `max_lifetime`. The request log names its user.
pub async fn tokens(
    accounts: &Accounts,
    request: &HttpRequest,
    issued: IssuedSession,
    max_lifetime: Option<Duration>,
) -> Result<IssuedTokens, Problem> {
    request_context::set_user(request, issued.user);
    let (access_token, expires_in) = accounts.issue_access_token(&issued, max_lifetime).await?;
    Ok(IssuedTokens { access_token, expires_in, refresh_token: issued.refresh_token })
}

//! The grant that signs in with a passkey and no password, of usher.

use crate::{middleware::request_context, operation::Operation, problem::Problem, request::AuthorizedRequest};
use usher_accounts::{Error, IssuedSession, PresentedPasskey};

/// Begins a session of the passkey's owner. The request log names the user also if the passkey is refused.
pub async fn sign_in<O: Operation>(
    request: &AuthorizedRequest<O>,
    ceremony: &str,
    credential: &str,
) -> Result<IssuedSession, Problem> {
    let presented = presented(ceremony, credential).ok_or(Error::InvalidCredentials)?;
    let accounts = &request.service.accounts;
    let owner = accounts.owner_of_passkey(&presented).await?;
    if let Some(owner) = owner {
        request_context::set_user(&request.http_request, owner);
    }
    let (address, metadata) = (request.client_address(), request.metadata());
    Ok(accounts.sign_in_with_passkey(owner, &presented, address, &metadata).await?)
}

/// What was sent, if it has the form of a credential.
pub fn presented(ceremony: &str, credential: &str) -> Option<PresentedPasskey> {
    let parsed = PresentedPasskey::parse_text(ceremony, credential);
    parsed.inspect_err(|error| tracing::debug!(%error, "a credential cannot be read")).ok()
}

//! Continuing a session with its refresh token (RFC 6749 §6), which is used up by it (RFC 9700 §4.14.2).

use super::token::{IssueToken, Issued, invalid_grant};
use crate::{problem::Problem, request::AuthorizedRequest, service::Service};
use tracing::field::display;
use usher_auth::opaque;
use usher_persistence::{Digest, KEPT_EVERY, Refreshed};

/// Trades a refresh token for its successor.
pub async fn refresh(request: &AuthorizedRequest<IssueToken>, token: &str) -> Result<Issued, Problem> {
    let (service, origin) = (&request.service, request.metadata());
    let presented = opaque::digest(token).ok_or_else(invalid_grant)?;
    let successor = service.keyring.successor(token);
    let successor_digest = opaque::sha256(successor.as_bytes());
    let lifetimes = service.settings.lifetimes;
    let request_id = origin.request_id.map(display);
    match service.database.refresh(&presented, &successor_digest, lifetimes, &origin).await? {
        Refreshed::Continued { user, session } => return Ok(Issued { user, session, refresh_token: successor }),
        Refreshed::Repeated { user, session } => {
            // Whoever has stolen a token may do the same, so operators should be able to see it.
            tracing::info!(request_id, "used refresh token sent again; its successor is unused, so it was accepted");
            return Ok(Issued { user, session, refresh_token: successor });
        }
        Refreshed::Revoked => tracing::warn!(request_id, "used refresh token sent again: session revoked"),
        Refreshed::Refused => {
            if service.database.revoke_reused(&successors(service, successor), &origin).await? {
                tracing::warn!(request_id, "refresh token used long ago sent again: session revoked");
            }
        }
    }
    Err(invalid_grant())
}

/// The digests of all tokens of which one is kept, if that which came before them was ever spent here.
pub fn successors(service: &Service, first: String) -> Vec<Digest> {
    let chain = std::iter::successors(Some(first), |token| Some(service.keyring.successor(token)));
    chain.take(KEPT_EVERY).map(|token| opaque::sha256(token.as_bytes())).collect()
}

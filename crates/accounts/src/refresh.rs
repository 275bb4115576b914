//! Continuing a session with its refresh token (RFC 6749 §6). A refresh token can be used once (RFC 9700 §4.14.2).

use crate::{Accounts, Error, IssuedSession};
use tracing::field::display;
use usher_auth::opaque;
use usher_persistence::{Digest, KEPT_TOKEN_INTERVAL, RefreshOutcome, RefreshedSession, RequestMetadata};

impl Accounts {
    /// Exchanges a refresh token for its successor.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`] if the token is not valid. If it has been used before, its session ends.
    pub async fn refresh(&self, token: &str, metadata: &RequestMetadata) -> Result<IssuedSession, Error> {
        let presented = opaque::digest(token).ok_or(Error::InvalidCredentials)?;
        let successor = self.keyring().successor(token);
        let successor_digest = opaque::sha256(successor.as_bytes());
        let lifetimes = self.settings().lifetimes;
        let request_id = metadata.request_id.map(display);
        match self.database.refresh(&presented, &successor_digest, lifetimes, metadata).await? {
            RefreshOutcome::Continued(refreshed) => Ok(issued(refreshed, successor)),
            RefreshOutcome::Repeated(refreshed) => {
                // A thief of the token could do the same, so operators should be able to see it.
                tracing::info!(
                    request_id,
                    "used refresh token sent again; its successor is unused, so it was accepted"
                );
                Ok(issued(refreshed, successor))
            }
            RefreshOutcome::Revoked => {
                tracing::warn!(request_id, "used refresh token sent again: session revoked");
                Err(Error::InvalidCredentials)
            }
            RefreshOutcome::Refused => {
                if self.database.revoke_reused(&self.successors(successor), metadata).await? {
                    tracing::warn!(request_id, "refresh token used long ago sent again: session revoked");
                }
                Err(Error::InvalidCredentials)
            }
        }
    }

    /// The digests of the tokens that follow, from `first` on. If the token before `first` was ever used here, the database has
    /// at least one of them.
    fn successors(&self, first: String) -> Vec<Digest> {
        let chain = std::iter::successors(Some(first), |token| Some(self.keyring().successor(token)));
        chain.take(KEPT_TOKEN_INTERVAL).map(|token| opaque::sha256(token.as_bytes())).collect()
    }
}

fn issued(refreshed: RefreshedSession, refresh_token: String) -> IssuedSession {
    let RefreshedSession { user, session, authentication } = refreshed;
    IssuedSession { user, session, authentication, refresh_token }
}

//! Tokens that are presented to be introspected or revoked.

use crate::{Accounts, Caller, Error};
use std::sync::Arc;
use usher_auth::opaque;
use usher_domain::{Role, User, policy::Principal};
use usher_persistence::{Credential, NoRow, RequestMetadata, TargetIds};
use uuid::Uuid;

/// A token that is valid at this moment.
pub struct ActiveToken {
    pub kind: TokenKind,
    pub user: Arc<User>,
    /// The user's role at this moment.
    pub role: Role,
    pub session: Uuid,
    /// Seconds since 1970: when the access token expires, or the session if its refresh token is not used.
    pub expires_at: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Access,
    Refresh,
}

/// A token that was issued here.
struct PresentedToken {
    caller: Caller,
    kind: TokenKind,
    /// Whether it is a refresh token that has been used.
    spent: bool,
    expires_at: u64,
}

impl Accounts {
    /// What is known of a token; `None` if it is not valid, for whatever reason.
    pub async fn introspect(&self, token: &str) -> Result<Option<ActiveToken>, Error> {
        let Some(PresentedToken { caller, kind, spent, expires_at }) = self.presented_token(token).await? else {
            return Ok(None);
        };
        let Credential { user, session } = caller.credential;
        let found = self.lookup::<User>(Some(&caller), TargetIds::of(user)).await?;
        let (Principal::User(authenticated), Some(user), false) = (found.principal, found.target, spent) else {
            return Ok(None);
        };
        Ok(Some(ActiveToken { kind, user, role: authenticated.role, session, expires_at }))
    }

    /// Ends the session that the token belongs to. A token that is not valid is ignored.
    pub async fn revoke_token(&self, token: &str, metadata: &RequestMetadata) -> Result<(), Error> {
        let Some(PresentedToken { caller, .. }) = self.presented_token(token).await? else { return Ok(()) };
        // A token whose key has been revoked ends no session.
        if self.lookup::<NoRow>(Some(&caller), TargetIds::NONE).await?.principal == Principal::Anonymous {
            return Ok(());
        }
        let Credential { user, session } = caller.credential;
        Ok(self.database.end_session(user, session, caller.kid.as_deref(), metadata).await?)
    }

    /// The token, if it was issued here and has not expired. For an access token this does not say whether its session still
    /// exists and its key is in use.
    async fn presented_token(&self, token: &str) -> Result<Option<PresentedToken>, Error> {
        let Some(digest) = opaque::digest(token) else {
            return match self.keyring().verify(token, &self.database).await {
                Ok(claims) => Ok(Some(PresentedToken {
                    caller: Caller::from(&claims),
                    kind: TokenKind::Access,
                    spent: false,
                    expires_at: claims.exp,
                })),
                Err(Error::InvalidAccessToken) => Ok(None),
                Err(error) => Err(error),
            };
        };
        let session = self.database.refresh_session(&[digest]).await?;
        Ok(session.map(|found| PresentedToken {
            caller: Caller { credential: Credential { session: found.session, user: found.user }, kid: None },
            kind: TokenKind::Refresh,
            spent: found.spent,
            expires_at: found.expires_at.timestamp().try_into().unwrap_or_default(),
        }))
    }
}

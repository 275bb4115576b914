//! Tokens and API keys that are presented to be introspected or revoked.

use crate::{Accounts, Caller, Error};
use std::sync::Arc;
use usher_auth::{api_key, opaque};
use usher_domain::{
    Authentication, User,
    policy::{AuthenticatedUser, Principal},
};
use usher_persistence::{Credential, NoRow, RequestMetadata, TargetIds};
use uuid::Uuid;

/// A token that is valid at this moment.
pub struct ActiveToken {
    pub kind: TokenKind,
    pub user: Arc<User>,
    /// Its session; `None` for an API key.
    pub session: Option<Uuid>,
    /// How its session was authenticated.
    pub authentication: Option<Authentication>,
    /// What a request with it may do.
    pub caller: AuthenticatedUser,
    /// Seconds since 1970: when the access token or the API key expires, or the session if its refresh token is not used.
    pub expires_at: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Access,
    Refresh,
    ApiKey,
}

/// A token that was issued here.
struct PresentedToken {
    user: Uuid,
    session: Uuid,
    /// The key that signed it; `None` for a refresh token.
    kid: Option<Arc<str>>,
    kind: TokenKind,
    /// Whether it is a refresh token that has been used.
    spent: bool,
    expires_at: u64,
}

impl Accounts {
    /// What is known of a token; `None` if it is not valid, for whatever reason.
    pub async fn introspect(&self, token: &str) -> Result<Option<ActiveToken>, Error> {
        if api_key::has_prefix(token) {
            return self.introspect_api_key(token).await;
        }
        let Some(token) = self.presented_token(token).await? else { return Ok(None) };
        let found = self.lookup::<User>(Some(&token.caller()), TargetIds::of(token.user), false).await?;
        let PresentedToken { session, kind, spent, expires_at, .. } = token;
        let (Principal::User(caller), Some(user), false) = (found.principal, found.target, spent) else {
            return Ok(None);
        };
        let authentication = found.authentication;
        Ok(Some(ActiveToken { kind, user, session: Some(session), authentication, caller, expires_at }))
    }

    async fn introspect_api_key(&self, key: &str) -> Result<Option<ActiveToken>, Error> {
        let Some(digest) = api_key::digest(key) else { return Ok(None) };
        let caller = Caller::from(Credential::ApiKey(digest));
        let found = self.lookup::<User>(Some(&caller), TargetIds::OF_CALLER, false).await?;
        let (Principal::User(caller), Some(user), Some(key)) = (found.principal, found.target, found.api_key) else {
            return Ok(None);
        };
        let expires_at = key.expires_at.timestamp().try_into().unwrap_or_default();
        let kind = TokenKind::ApiKey;
        Ok(Some(ActiveToken { kind, user, session: None, authentication: None, caller, expires_at }))
    }

    /// Ends the session that the token belongs to, or the API key. A token that is not valid is ignored.
    pub async fn revoke_token(&self, token: &str, metadata: &RequestMetadata) -> Result<(), Error> {
        if api_key::has_prefix(token) {
            let Some(digest) = api_key::digest(token) else { return Ok(()) };
            return Ok(self.database.end_api_key(&digest, metadata).await?);
        }
        self.end_sessions_of(&[token], metadata).await
    }

    /// Ends the sessions that these access tokens and refresh tokens belong to. Those that are not valid are ignored.
    pub async fn end_sessions_of(&self, tokens: &[&str], metadata: &RequestMetadata) -> Result<(), Error> {
        for token in tokens {
            let Some(token) = self.presented_token(token).await? else { continue };
            // A token whose key has been revoked ends no session.
            let found = self.lookup::<NoRow>(Some(&token.caller()), TargetIds::NONE, false).await?;
            if found.principal != Principal::Anonymous {
                self.database.end_session(token.user, token.session, token.kid.as_deref(), metadata).await?;
            }
        }
        Ok(())
    }

    /// The token, if it was issued here and has not expired. For an access token this does not say whether its session still
    /// exists and its key is in use.
    async fn presented_token(&self, token: &str) -> Result<Option<PresentedToken>, Error> {
        let Some(digest) = opaque::digest(token) else {
            return match self.keyring().verify(token, &self.database).await {
                Ok(claims) => Ok(Some(PresentedToken {
                    user: claims.sub,
                    session: claims.sid,
                    kid: Some(Arc::clone(&claims.kid)),
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
            user: found.user,
            session: found.session,
            kid: None,
            kind: TokenKind::Refresh,
            spent: found.spent,
            expires_at: found.expires_at.timestamp().try_into().unwrap_or_default(),
        }))
    }
}

impl PresentedToken {
    fn caller(&self) -> Caller {
        let credential = Credential::Session { session: self.session, user: self.user };
        Caller { credential, kid: self.kid.clone() }
    }
}

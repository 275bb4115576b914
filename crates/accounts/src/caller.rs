//! The user and session of a token, and their current rows.

use crate::{Accounts, Error};
use std::sync::Arc;
use usher_auth::Claims;
use usher_domain::policy::Principal;
use usher_persistence::{Credential, LookupResult, TargetIds, TargetRow};

/// Who a token names. [`Accounts::lookup`] checks whether the session still exists and its user may sign in.
pub struct Caller {
    pub credential: Credential,
    /// The id of the key that signed the token; `None` for a refresh token, which is not signed.
    pub kid: Option<Arc<str>>,
}

impl From<&Claims> for Caller {
    fn from(claims: &Claims) -> Self {
        let credential = Credential { session: claims.sid, user: claims.sub };
        Self { credential, kid: Some(Arc::clone(&claims.kid)) }
    }
}

impl Accounts {
    /// Who an access token names.
    ///
    /// # Errors
    /// [`Error::InvalidAccessToken`].
    pub async fn authenticate(&self, access_token: &str) -> Result<Caller, Error> {
        Ok(Caller::from(&self.keyring().verify(access_token, &self.database).await?))
    }

    /// The current rows of the caller and of the target. A token whose signing key has been revoked makes the caller anonymous.
    pub async fn lookup<T: TargetRow>(
        &self,
        caller: Option<&Caller>,
        target_ids: TargetIds,
    ) -> Result<LookupResult<T>, Error> {
        let mut found = self.database.lookup().find(caller.map(|caller| caller.credential), target_ids).await?;
        if let Some(kid) = caller.and_then(|caller| caller.kid.as_deref())
            && !self.keyring().is_in_use(kid, found.keys, &self.database).await?
        {
            found.principal = Principal::Anonymous;
        }
        Ok(found)
    }
}

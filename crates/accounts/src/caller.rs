//! The user and session of a token, or the API key, and their current rows.

use crate::{Accounts, Error};
use std::sync::Arc;
use usher_auth::{Claims, api_key};
use usher_domain::policy::Principal;
use usher_persistence::{Credential, LookupResult, TargetIds, TargetRow};

/// Who a token names, or which API key it is. [`Accounts::lookup`] checks whether the session or the key still exists and its
/// user may sign in.
pub struct Caller {
    pub credential: Credential,
    /// The id of the key that signed the token; `None` for refresh tokens and API keys, which are not signed.
    pub kid: Option<Arc<str>>,
}

impl From<&Claims> for Caller {
    fn from(claims: &Claims) -> Self {
        let credential = Credential::Session { session: claims.sid, user: claims.sub };
        Self { credential, kid: Some(Arc::clone(&claims.kid)) }
    }
}

impl From<Credential> for Caller {
    /// A caller whose credential is not signed.
    fn from(credential: Credential) -> Self {
        Self { credential, kid: None }
    }
}

impl Accounts {
    /// Who an access token or an API key names. A key of the wrong form is refused without a look into the database.
    ///
    /// # Errors
    /// [`Error::InvalidAccessToken`].
    pub async fn authenticate(&self, access_token: &str) -> Result<Caller, Error> {
        if api_key::has_prefix(access_token) {
            let digest = api_key::digest(access_token).ok_or(Error::InvalidAccessToken)?;
            return Ok(Caller::from(Credential::ApiKey(digest)));
        }
        Ok(Caller::from(&self.keyring().verify(access_token, &self.database).await?))
    }

    /// The current rows of the caller and of the target, and all roles if they are wanted. A token whose signing key has been
    /// revoked makes the caller anonymous.
    pub async fn lookup<T: TargetRow>(
        &self,
        caller: Option<&Caller>,
        target_ids: TargetIds,
        with_roles: bool,
    ) -> Result<LookupResult<T>, Error> {
        let credential = caller.map(|caller| caller.credential);
        let mut found = self.database.lookup().find(credential, target_ids, with_roles).await?;
        if let Some(kid) = caller.and_then(|caller| caller.kid.as_deref())
            && !self.keyring().is_in_use(kid, found.keys, &self.database).await?
        {
            found.principal = Principal::Anonymous;
        }
        if let Some(key) = found.api_key.filter(|key| key.is_use_due) {
            self.database.record_api_key_use(key.id);
        }
        Ok(found)
    }
}

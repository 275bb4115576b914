//! Creating API keys.

use crate::{Accounts, Error, password_verification::CurrentPassword, rate_limit::UserAction};
use chrono::{DateTime, Utc};
use std::net::IpAddr;
use usher_auth::api_key::{self, NewKey};
use usher_domain::{ApiKey, ApiKeyName, ScopeSet, User};
use usher_persistence::{NewApiKey, WriteRequest};

/// The key that a user wants.
#[derive(Clone, Copy)]
pub struct ApiKeyToCreate<'a> {
    pub name: &'a ApiKeyName,
    pub scopes: ScopeSet,
    /// `None` for the usual lifetime.
    pub expires_at: Option<DateTime<Utc>>,
    /// Verified if it was sent: a fresh session is enough.
    pub current_password: Option<&'a str>,
}

impl Accounts {
    /// Creates a key of `user`. Returns the key itself too: only its digest is stored.
    ///
    /// # Errors
    /// [`Error::WrongPassword`], if a password was sent and is not the current one.
    pub async fn create_api_key(
        &self,
        request: &WriteRequest,
        user: &User,
        wanted: ApiKeyToCreate<'_>,
        address: Option<IpAddr>,
    ) -> Result<(ApiKey, String), Error> {
        let current = wanted.current_password.map(|password| CurrentPassword { user: user.id, password, address });
        let verified = match current {
            Some(current) => Some((current, self.verify_current_password(current).await?)),
            None => None,
        };
        let NewKey { key: secret, hint, digest } = api_key::generate()?;
        let new = NewApiKey {
            name: wanted.name.clone(),
            scopes: wanted.scopes,
            expires_at: wanted.expires_at,
            max_lifetime: self.settings().api_key_max_ttl,
            hint,
            digest,
        };
        let counters = self.counters_by_user(UserAction::AccountChange, user.id);
        let write = async |verified_hash: Option<&str>| {
            self.database.create_api_key(request, user.id, verified_hash, &new, &counters).await
        };
        let key = match verified {
            Some((current, verified)) => {
                self.write_verified(current, verified, async |hash: String| write(Some(&hash)).await).await?
            }
            None => write(None).await?,
        };
        Ok((key, secret))
    }
}

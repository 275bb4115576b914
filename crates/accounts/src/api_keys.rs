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
    pub current_password: &'a str,
}

impl Accounts {
    /// Creates a key of `user`, who has sent the current password. Returns the key itself too: only its digest is stored.
    pub async fn create_api_key(
        &self,
        request: &WriteRequest,
        user: &User,
        wanted: ApiKeyToCreate<'_>,
        address: Option<IpAddr>,
    ) -> Result<(ApiKey, String), Error> {
        let current = CurrentPassword { user: user.id, password: wanted.current_password, address };
        let verified = self.verify_current_password(current).await?;
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
        let write =
            async |verified: String| self.database.create_api_key(request, user.id, &verified, &new, &counters).await;
        let key = self.write_verified(current, verified, write).await?;
        Ok((key, secret))
    }
}

//! Creating an API key.

use crate::{
    Database, Error, WriteRequest,
    digest::Digest,
    mail::Mail,
    rate_limits::{self, Counter},
    schema::api_keys,
    users::check_verified_hash,
    write::authorize,
};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    ApiKey, ApiKeyExpiry, ApiKeyName, MAX_API_KEYS, MailKind, ScopeSet,
    audit::{Change, Event},
    policy::{Resource, may_give_to_key},
};
use uuid::Uuid;

/// A key to be stored.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    pub name: ApiKeyName,
    pub scopes: ScopeSet,
    /// `None` for the usual lifetime.
    pub expires_at: Option<DateTime<Utc>>,
    /// The longest lifetime.
    pub max_lifetime: TimeDelta,
    pub hint: String,
    pub digest: Digest,
}

#[derive(Insertable)]
#[diesel(table_name = api_keys)]
struct Row<'a> {
    id: Uuid,
    user_id: Uuid,
    digest: &'a [u8],
    name: &'a str,
    hint: &'a str,
    scopes: Vec<&'static str>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl Database {
    /// Stores a key of a user, if the policy allows it and `verified_hash`, if there is one, is still the user's password
    /// hash. The user is notified by mail. It is counted by `counters`.
    ///
    /// # Errors
    /// [`Error::ScopesNotHeld`] if the user's role does not allow what a scope names, or a refusal if the user has
    /// [`MAX_API_KEYS`] that have not expired.
    pub async fn create_api_key(
        &self,
        request: &WriteRequest,
        user_id: Uuid,
        verified_hash: Option<&str>,
        new: &NewApiKey,
        counters: &[Counter],
    ) -> Result<ApiKey, Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, user_id).await?;
            if verified_hash.is_some() {
                check_verified_hash(connection, user_id, verified_hash).await?;
            }
            if !new.scopes.iter().all(|scope| may_give_to_key(&locked.principal, scope)) {
                return Err(Error::ScopesNotHeld);
            }
            let (id, now) = self.clock.new_id();
            // The row of the user is locked, so no other key is created until this transaction ends.
            let is_full = unexpired(connection, user_id, now).await? >= MAX_API_KEYS;
            authorize(request, &locked.principal, &Resource::ApiKeys { owner: &locked.target, is_full }, None)?;
            let expires_at = new.expires_at.unwrap_or_else(|| ApiKeyExpiry::default_at(now, new.max_lifetime));
            let scopes = new.scopes.names();
            let change = Change::new("scopes", &scopes.join(" "));
            let row = Row {
                id,
                user_id,
                digest: &new.digest,
                name: new.name.as_str(),
                hint: &new.hint,
                scopes,
                created_at: now,
                expires_at,
            };
            diesel::insert_into(api_keys::table).values(row).execute(connection).await?;
            rate_limits::count_all(connection, counters, now).await?;
            Mail::notice(MailKind::ApiKeyCreated, &locked.target.email)
                .queue(connection, self, &request.metadata)
                .await?;
            let changes = [Change::made("api_key", id), change];
            locked.record(Event::ApiKeyCreated, &changes).write(connection, &self.clock, &request.metadata).await?;
            Ok(ApiKey {
                id,
                user_id,
                owner: locked.target.role.rights,
                name: new.name.clone(),
                hint: new.hint.clone(),
                scopes: new.scopes,
                created_at: now,
                expires_at,
                last_used_at: None,
            })
        })
        .await
    }
}

async fn unexpired(connection: &mut AsyncPgConnection, user_id: Uuid, now: DateTime<Utc>) -> Result<i64, Error> {
    let keys = api_keys::table.filter(api_keys::user_id.eq(user_id)).filter(api_keys::expires_at.gt(now));
    Ok(keys.count().get_result(connection).await?)
}

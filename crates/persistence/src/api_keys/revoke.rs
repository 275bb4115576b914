//! Revoking API keys: by their owner or by another user with the permission, or by a client that presents one.

use crate::{
    Database, Error, WriteRequest,
    audit::Record,
    database::found,
    digest::Digest,
    row::UserRow,
    schema::{api_keys, users},
    withdraw_api_keys::withdraw_api_keys,
    write_request::RequestMetadata,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{
    ApiKey, User,
    audit::{Change, Event},
};
use uuid::Uuid;

impl Database {
    /// Deletes one key of a user, if the policy allows it.
    pub async fn revoke_api_key(&self, request: &WriteRequest, owner_id: Uuid, id: Uuid) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize_owned::<ApiKey>(connection, request, owner_id, id).await?;
            diesel::delete(api_keys::table.find(id)).execute(connection).await?;
            let changes = [Change::gone("api_key", id)];
            locked.record(Event::ApiKeyRevoked, &changes).write(connection, &self.clock, &request.metadata).await
        })
        .await
    }

    /// Deletes every key of a user, if the policy allows it.
    pub async fn revoke_api_keys(&self, request: &WriteRequest, user_id: Uuid) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, user_id).await?;
            let ended = withdraw_api_keys(connection, user_id).await?;
            let changes = [ended.unwrap_or_else(|| Change::between("api_keys", "0", "0"))];
            locked.record(Event::ApiKeysRevoked, &changes).write(connection, &self.clock, &request.metadata).await
        })
        .await
    }

    /// Deletes a key for the client that presents it. A key that is not valid is ignored.
    pub async fn end_api_key(&self, digest: &Digest, metadata: &RequestMetadata) -> Result<(), Error> {
        self.transaction(async |connection| {
            let active = users::table.filter(users::status.eq("active")).select(users::id);
            let key = api_keys::table
                .filter(api_keys::digest.eq(digest.as_slice()))
                .filter(api_keys::expires_at.gt(self.clock.now()))
                .filter(api_keys::user_id.eq_any(active));
            let deleted = diesel::delete(key).returning((api_keys::id, api_keys::user_id));
            let Some((id, user_id)) = found(deleted.get_result::<(Uuid, Uuid)>(connection).await)? else {
                return Ok(());
            };
            let owner = users::table.find(user_id).select(self.columns()).get_result::<UserRow>(connection).await;
            let owner = found(owner)?.map(User::from);
            let changes = [Change::gone("api_key", id)];
            let record = Record::success(Event::ApiKeyRevoked, user_id).by(owner.as_ref()).changing(&changes);
            record.write(connection, &self.clock, metadata).await
        })
        .await
    }
}

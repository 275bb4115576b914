//! Deleting a user.

use crate::{Database, Error, WriteRequest, mail::withdraw_links, schema::users};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::audit::Event;
use uuid::Uuid;

impl Database {
    /// Removes the row, and its sessions with it, if the policy allows it. The names are free again; audit events keep the id.
    pub async fn delete_user(&self, request: &WriteRequest, id: Uuid) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, id).await?;
            self.another_admin_stays(connection, &locked.target).await?;
            // Otherwise a queued reset would stay, as one that was requested by the address alone.
            withdraw_links(connection, &locked.target, None).await?;
            diesel::delete(users::table.find(id)).execute(connection).await?;
            locked.record(Event::UserDeleted, &[]).write(connection, &self.clock, &request.metadata).await
        })
        .await
    }
}

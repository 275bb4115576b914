//! The end of a user.

use crate::{Database, Error, WriteRequest, audit::Record, mail::withdraw_links, schema::users};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::audit::{Event, Outcome};
use uuid::Uuid;

impl Database {
    /// Removes the row, and its sessions with it, if `ask` may. The names are free again; audit events keep the id.
    pub async fn delete_user(&self, ask: &WriteRequest, id: Uuid) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, ask, id).await?;
            self.another_admin_stays(connection, &locked.target).await?;
            // Else a queued reset would stay as one that somebody asked for by the address alone.
            withdraw_links(connection, &locked.target, None).await?;
            diesel::delete(users::table.find(id)).execute(connection).await?;
            let record = Record {
                event: Event::UserDeleted,
                outcome: Outcome::Success,
                actor: locked.actor.as_ref(),
                target: Some(id),
                changes: &[],
            };
            record.write(connection, &self.clock, &ask.origin).await
        })
        .await
    }
}

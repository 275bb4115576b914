//! Suspension and its end.

use crate::{
    Ask, Database, Error,
    audit::Record,
    row::{UserRow, columns},
    schema::{sessions, users},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{
    Status, User,
    audit::{Change, Event, Outcome},
};
use uuid::Uuid;

impl Database {
    /// Keeps a user from signing in, and ends all sessions at once, if `ask` may.
    pub async fn suspend_user(&self, ask: &Ask, id: Uuid) -> Result<User, Error> {
        self.set_status(ask, id, Status::Suspended, Event::UserSuspended).await
    }

    /// Lets a suspended user sign in again, if `ask` may.
    pub async fn reactivate_user(&self, ask: &Ask, id: Uuid) -> Result<User, Error> {
        self.set_status(ask, id, Status::Active, Event::UserReactivated).await
    }

    async fn set_status(&self, ask: &Ask, id: Uuid, status: Status, event: Event) -> Result<User, Error> {
        self.transaction(async |connection| {
            let locked = self.judge(connection, ask, id).await?;
            let row = diesel::update(users::table.find(id))
                .set((
                    users::status.eq(status.as_str()),
                    users::version.eq(users::version + 1),
                    users::updated_at.eq(self.clock.now()),
                ))
                .returning(columns(self.clock.now()))
                .get_result::<UserRow>(connection)
                .await?;
            if status == Status::Suspended {
                diesel::delete(sessions::table.filter(sessions::user_id.eq(id))).execute(connection).await?;
            }
            let record = Record {
                event,
                outcome: Outcome::Success,
                actor: locked.actor.as_ref(),
                target: Some(id),
                changes: &[Change::between("status", locked.target.status.as_str(), status.as_str())],
            };
            record.write(connection, &self.clock, &ask.origin).await?;
            Ok(row.into())
        })
        .await
    }
}

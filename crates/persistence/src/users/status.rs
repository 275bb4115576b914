//! Suspension and its end.

use crate::{
    Database, Error, WriteRequest,
    mail::{pending_email_withdrawn, withdraw_links},
    mfa_tokens,
    row::UserRow,
    schema::{sessions, users},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{
    Status, User,
    audit::{Change, Event},
};
use uuid::Uuid;

impl Database {
    /// Keeps a user from signing in, and ends all sessions at once, if the policy allows it. A pending address change is
    /// discarded, and mailed links are invalidated permanently.
    pub async fn suspend_user(&self, request: &WriteRequest, id: Uuid) -> Result<User, Error> {
        self.set_status(request, id, Status::Suspended, Event::UserSuspended).await
    }

    /// Lets a suspended user sign in again, if the policy allows it. Links that were mailed before stay invalid.
    pub async fn reactivate_user(&self, request: &WriteRequest, id: Uuid) -> Result<User, Error> {
        self.set_status(request, id, Status::Active, Event::UserReactivated).await
    }

    async fn set_status(&self, request: &WriteRequest, id: Uuid, status: Status, event: Event) -> Result<User, Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, id).await?;
            if status == Status::Suspended {
                self.another_admin_stays(connection, &locked.target).await?;
            }
            let row = diesel::update(users::table.find(id))
                .set((
                    users::status.eq(status.as_str()),
                    users::pending_email.eq(None::<String>),
                    users::version.eq(users::version + 1),
                    users::updated_at.eq(self.clock.now()),
                ))
                .returning(self.columns())
                .get_result::<UserRow>(connection)
                .await?;
            if status == Status::Suspended {
                mfa_tokens::end_all(connection, id).await?;
                diesel::delete(sessions::table.filter(sessions::user_id.eq(id))).execute(connection).await?;
            }
            // Also at the reactivation: a replica of an earlier release may have suspended the user without withdrawing links.
            withdraw_links(connection, &locked.target, None).await?;
            let changes: Vec<_> = [Change::between("status", locked.target.status.as_str(), status.as_str())]
                .into_iter()
                .chain(pending_email_withdrawn(&locked.target))
                .collect();
            locked.record(event, &changes).write(connection, &self.clock, &request.metadata).await?;
            Ok(row.into())
        })
        .await
    }
}

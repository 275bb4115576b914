//! The end of sessions, by the hand of their user or an admin.

use crate::{
    Ask, Database, Error,
    audit::Record,
    database::found,
    row::{UserRow, columns},
    schema::{sessions, users},
    write::Origin,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{
    User,
    audit::{Change, Event, Outcome},
    policy::Decision,
};
use uuid::Uuid;

impl Database {
    /// Ends every session of a user, if `ask` may: the caller's own too.
    pub async fn revoke_sessions(&self, ask: &Ask, user: Uuid) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.judge(connection, ask, user).await?;
            let ended = diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(connection).await?;
            let record = Record {
                event: Event::SessionsRevoked,
                outcome: Outcome::Success,
                actor: locked.actor.as_ref(),
                target: Some(user),
                changes: &[Change::between("sessions", &ended.to_string(), "0")],
            };
            record.write(connection, &self.clock, &ask.origin).await
        })
        .await
    }

    /// Ends one session of a user, if `ask` may.
    pub async fn revoke_session(&self, ask: &Ask, user: Uuid, session: Uuid) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.judge(connection, ask, user).await?;
            let of_user = sessions::table
                .find(session)
                .filter(sessions::user_id.eq(user))
                .filter(sessions::expires_at.gt(self.clock.now()));
            if diesel::delete(of_user).execute(connection).await? == 0 {
                return Err(Error::Refused(Decision::Missing));
            }
            let record = Record {
                event: Event::SessionRevoked,
                outcome: Outcome::Success,
                actor: locked.actor.as_ref(),
                target: Some(user),
                changes: &[Change::gone("session", session)],
            };
            record.write(connection, &self.clock, &ask.origin).await
        })
        .await
    }

    /// Ends a session by the hand of whoever has one of its tokens.
    pub async fn end_session(&self, user: Uuid, session: Uuid, origin: &Origin) -> Result<(), Error> {
        self.transaction(async |connection| {
            let of_user = sessions::table.find(session).filter(sessions::user_id.eq(user));
            if diesel::delete(of_user).execute(connection).await? == 0 {
                return Ok(());
            }
            let row = users::table.find(user).select(columns(self.clock.now())).get_result::<UserRow>(connection).await;
            let actor = found(row)?.map(User::from);
            let record = Record {
                event: Event::SessionRevoked,
                outcome: Outcome::Success,
                actor: actor.as_ref(),
                target: Some(user),
                changes: &[Change::gone("session", session)],
            };
            record.write(connection, &self.clock, origin).await
        })
        .await
    }
}

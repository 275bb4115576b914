//! The end of sessions, by the hand of their user or an admin.

use crate::{
    Database, Error, WriteRequest,
    audit::Record,
    database::found,
    mail::{withdraw_links, withdraw_pending_email},
    row::UserRow,
    schema::{sessions, users},
    signing_keys::is_held,
    write::{LockedRows, RequestMetadata},
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    User,
    audit::{Change, Event, Outcome},
    policy::Decision,
};
use uuid::Uuid;

impl Database {
    /// Ends every session of a user, if `ask` may: the caller's own too.
    pub async fn revoke_sessions(&self, ask: &WriteRequest, user: Uuid) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, ask, user).await?;
            let ended = diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(connection).await?;
            let changes = [Change::between("sessions", &ended.to_string(), "0")];
            let changes: Vec<_> =
                changes.into_iter().chain(self.withdraw_for_admin(connection, &locked).await?).collect();
            let record = Record {
                event: Event::SessionsRevoked,
                outcome: Outcome::Success,
                actor: locked.actor.as_ref(),
                target: Some(user),
                changes: &changes,
            };
            record.write(connection, &self.clock, &ask.origin).await
        })
        .await
    }

    /// Ends one session of a user, if `ask` may.
    pub async fn revoke_session(&self, ask: &WriteRequest, user: Uuid, session: Uuid) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, ask, user).await?;
            let of_user = sessions::table
                .find(session)
                .filter(sessions::user_id.eq(user))
                .filter(sessions::expires_at.gt(self.clock.now()));
            if diesel::delete(of_user).execute(connection).await? == 0 {
                return Err(Error::Refused(Decision::NotFound));
            }
            let changes = [Change::gone("session", session)];
            let changes: Vec<_> =
                changes.into_iter().chain(self.withdraw_for_admin(connection, &locked).await?).collect();
            let record = Record {
                event: Event::SessionRevoked,
                outcome: Outcome::Success,
                actor: locked.actor.as_ref(),
                target: Some(user),
                changes: &changes,
            };
            record.write(connection, &self.clock, &ask.origin).await
        })
        .await
    }

    /// An admin who ends the sessions of another takes it that somebody else may have had the account: what was asked for
    /// until now must not open it again. Users who end sessions of their own have signed out, no more.
    async fn withdraw_for_admin(
        &self,
        connection: &mut AsyncPgConnection,
        locked: &LockedRows,
    ) -> Result<Option<Change>, Error> {
        let user = &locked.target;
        if locked.actor.as_ref().is_some_and(|actor| actor.id == user.id) {
            return Ok(None);
        }
        withdraw_links(connection, user, None).await?;
        withdraw_pending_email(connection, user, self.clock.now()).await
    }

    /// Ends a session by the hand of whoever has one of its tokens; `kid` names the key that signed it, if one did. Nothing
    /// happens where that key has been revoked.
    pub async fn end_session(
        &self,
        user: Uuid,
        session: Uuid,
        kid: Option<&str>,
        origin: &RequestMetadata,
    ) -> Result<(), Error> {
        self.transaction(async |connection| {
            if !is_held(connection, kid).await? {
                return Ok(());
            }
            let of_user = sessions::table.find(session).filter(sessions::user_id.eq(user));
            if diesel::delete(of_user).execute(connection).await? == 0 {
                return Ok(());
            }
            let row = users::table.find(user).select(self.columns()).get_result::<UserRow>(connection).await;
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

//! Ending sessions: revoked by their user or by another user with the permission, or ended with one of their tokens.

use crate::{
    Database, Error, WriteRequest,
    audit::Record,
    database::found,
    mail::{withdraw_links, withdraw_pending_email},
    row::UserRow,
    schema::{sessions, users},
    write::is_key_held,
    write_request::RequestMetadata,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    Session, User,
    audit::{Change, Event},
};
use uuid::Uuid;

impl Database {
    /// Ends every session of a user, if the policy allows it. If users end their own sessions, the session of the request
    /// ends too.
    pub async fn revoke_sessions(&self, request: &WriteRequest, user_id: Uuid) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, user_id).await?;
            let of_user = sessions::table.filter(sessions::user_id.eq(user_id));
            let ended = diesel::delete(of_user).execute(connection).await?;
            let mut changes = vec![Change::between("sessions", &ended.to_string(), "0")];
            changes.extend(self.withdraw_for_others(connection, locked.actor.as_ref(), &locked.target).await?);
            locked.record(Event::SessionsRevoked, &changes).write(connection, &self.clock, &request.metadata).await
        })
        .await
    }

    /// Ends one session of a user, if the policy allows it.
    pub async fn revoke_session(&self, request: &WriteRequest, owner_id: Uuid, id: Uuid) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize_owned::<Session>(connection, request, owner_id, id).await?;
            diesel::delete(sessions::table.find(id)).execute(connection).await?;
            let mut changes = vec![Change::gone("session", id)];
            changes.extend(self.withdraw_for_others(connection, locked.actor.as_ref(), &locked.target.owner).await?);
            locked.record(Event::SessionRevoked, &changes).write(connection, &self.clock, &request.metadata).await
        })
        .await
    }

    /// A user who ends the sessions of another one assumes that an attacker had access to the account: links that were
    /// requested until now must not work any more. A user who ends their own sessions has only signed out.
    async fn withdraw_for_others(
        &self,
        connection: &mut AsyncPgConnection,
        actor: Option<&User>,
        user: &User,
    ) -> Result<Option<Change>, Error> {
        if actor.is_some_and(|actor| actor.id == user.id) {
            return Ok(None);
        }
        withdraw_links(connection, user, None).await?;
        withdraw_pending_email(connection, user, self.clock.now()).await
    }

    /// Ends the session of a token for the client that presents the token; `kid` names the key that signed it, if it is
    /// signed. Nothing happens if that key has been revoked.
    pub async fn end_session(
        &self,
        user: Uuid,
        session: Uuid,
        kid: Option<&str>,
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        self.transaction(async |connection| {
            if !is_key_held(connection, kid).await? {
                return Ok(());
            }
            let of_user = sessions::table.find(session).filter(sessions::user_id.eq(user));
            if diesel::delete(of_user).execute(connection).await? == 0 {
                return Ok(());
            }
            let row = users::table.find(user).select(self.columns()).get_result::<UserRow>(connection).await;
            let actor = found(row)?.map(User::from);
            let changes = [Change::gone("session", session)];
            let record = Record::success(Event::SessionRevoked, user).by(actor.as_ref()).changing(&changes);
            record.write(connection, &self.clock, metadata).await
        })
        .await
    }
}

//! Writes decide again. What a request read at its door is stale by the time it writes: here the rows are locked first, and
//! the policy is asked once more about what they say now.

use crate::{
    Database, Error,
    database::found,
    row::UserRow,
    schema::{sessions, users},
    signing_keys::is_held,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::sync::Arc;
use usher_domain::{
    Status, User,
    policy::{self, Action, AuthenticatedUser, Decision, Principal, Resource},
};
use uuid::Uuid;

/// Where a request came from, for the audit trail.
#[derive(Debug, Clone, Default)]
pub struct RequestMetadata {
    pub request_id: Option<Uuid>,
    /// The client's address, as text.
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

/// A condition on the version of the row that is written (`If-Match`, RFC 9110 §13.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Condition {
    #[default]
    None,
    /// One of these versions; an empty list never holds.
    Versions(Vec<i64>),
}

/// Who asks for a write, what for, and under which condition.
#[derive(Debug, Clone)]
pub struct WriteRequest {
    pub actor: Principal,
    /// The id of the key that signed the actor's token.
    pub kid: Option<Arc<str>>,
    pub action: Action,
    pub condition: Condition,
    pub origin: RequestMetadata,
}

/// Principal and target of a write, locked until it ends.
pub(crate) struct LockedRows {
    /// `None` where nobody asks.
    pub(crate) actor: Option<User>,
    pub(crate) target: User,
}

impl Database {
    /// Locks the actor and the target, in the order of their ids so that two writes never wait for each other, and asks the
    /// policy again.
    pub(crate) async fn lock_and_authorize(
        &self,
        connection: &mut AsyncPgConnection,
        ask: &WriteRequest,
        target: Uuid,
    ) -> Result<LockedRows, Error> {
        let member = match ask.actor {
            Principal::User(member) => Some(member),
            Principal::Anonymous => None,
        };
        let kid = ask.kid.as_deref();
        // Sent one behind the other without waiting: the database takes them in this order. Where one fails, so do those after
        // it, for another reason: all are waited for, and the first of them tells why.
        let connection = &*connection;
        let (user, actor, session) = match member {
            Some(member) if member.id < target => {
                let (actor, user, session) = tokio::join!(
                    biased;
                    self.share(connection, member.id),
                    self.hold(connection, target),
                    self.alive(connection, member, kid)
                );
                let (actor, user) = (actor?, user?);
                (user, actor, session?)
            }
            Some(member) if member.id > target => {
                let (user, actor, session) = tokio::join!(
                    biased;
                    self.hold(connection, target),
                    self.share(connection, member.id),
                    self.alive(connection, member, kid)
                );
                (user?, actor?, session?)
            }
            Some(member) => {
                let (user, session) =
                    tokio::join!(biased; self.hold(connection, target), self.alive(connection, member, kid));
                let user = user?;
                (user.clone(), user, session?)
            }
            None => (self.hold(connection, target).await?, None, None),
        };
        let now = actor_now(actor.as_ref(), session);
        let decision = policy::may(&now, ask.action, &Resource::User { id: target, user: user.as_ref() });
        if let (Decision::Allow | Decision::Conflict(_), Some(user)) = (decision, &user) {
            ask.condition.holds(user)?;
        }
        match (decision, user) {
            (Decision::Allow, Some(target)) => Ok(LockedRows { actor, target }),
            (Decision::Allow, None) => Err(Error::Refused(Decision::NotFound)),
            (refusal, _) => Err(Error::Refused(refusal)),
        }
    }

    /// Locks the actor alone and asks the policy about something that is not a user's row.
    pub(crate) async fn judge_actor(
        &self,
        connection: &mut AsyncPgConnection,
        ask: &WriteRequest,
        resource: &Resource<'_>,
    ) -> Result<Option<User>, Error> {
        let connection = &*connection;
        let (actor, session) = match ask.actor {
            Principal::User(member) => {
                let (actor, session) = tokio::join!(
                    biased;
                    self.share(connection, member.id),
                    self.alive(connection, member, ask.kid.as_deref())
                );
                (actor?, session?)
            }
            Principal::Anonymous => (None, None),
        };
        let now = actor_now(actor.as_ref(), session);
        match policy::may(&now, ask.action, resource) {
            Decision::Allow => Ok(actor),
            refusal => Err(Error::Refused(refusal)),
        }
    }

    async fn share(&self, mut connection: &AsyncPgConnection, id: Uuid) -> Result<Option<User>, Error> {
        let row = users::table.find(id).select(self.columns()).for_share();
        Ok(found(row.get_result::<UserRow>(&mut connection).await)?.map(User::from))
    }

    async fn hold(&self, mut connection: &AsyncPgConnection, id: Uuid) -> Result<Option<User>, Error> {
        let row = users::table.find(id).select(self.columns()).for_no_key_update();
        Ok(found(row.get_result::<UserRow>(&mut connection).await)?.map(User::from))
    }

    /// The actor's session, unless it has ended meanwhile or the key that signed the actor's token has been revoked.
    async fn alive(
        &self,
        connection: &AsyncPgConnection,
        member: AuthenticatedUser,
        kid: Option<&str>,
    ) -> Result<Option<Uuid>, Error> {
        // The key last: a write that waits for a row holds up no revocation.
        let (session, held) = tokio::join!(biased; self.session(connection, member), is_held(connection, kid));
        let (session, held) = (session?, held?);
        Ok(session.filter(|_| held))
    }

    async fn session(
        &self,
        mut connection: &AsyncPgConnection,
        member: AuthenticatedUser,
    ) -> Result<Option<Uuid>, Error> {
        let session = sessions::table
            .filter(sessions::id.eq(member.session))
            .filter(sessions::user_id.eq(member.id))
            .filter(sessions::expires_at.gt(self.clock.now()))
            .select(sessions::id)
            .for_key_share()
            .get_result(&mut connection)
            .await;
        found(session)
    }
}

/// The actor as the locked rows say; nobody, if there is no session any more.
fn actor_now(row: Option<&User>, session: Option<Uuid>) -> Principal {
    match (row, session) {
        (Some(row), Some(session)) if row.status == Status::Active => {
            Principal::User(AuthenticatedUser { id: row.id, session, role: row.role })
        }
        _ => Principal::Anonymous,
    }
}

impl Condition {
    fn holds(&self, user: &User) -> Result<(), Error> {
        match self {
            Self::None => Ok(()),
            Self::Versions(versions) if versions.contains(&user.version) => Ok(()),
            Self::Versions(_) => Err(Error::Changed),
        }
    }
}

//! Writes decide again. What a request read at its door is stale by the time it writes: here the rows are locked first, and
//! the policy is asked once more about what they say now.

use crate::{
    Database, Error,
    database::found,
    row::{UserRow, columns},
    schema::{sessions, users},
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    User,
    policy::{self, Action, Actor, Decision, Member, Resource},
};
use uuid::Uuid;

/// Where a request came from, for the audit trail.
#[derive(Debug, Clone, Default)]
pub struct Origin {
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
pub struct Ask {
    pub actor: Actor,
    pub action: Action,
    pub condition: Condition,
    pub origin: Origin,
}

/// Actor and target of a write, locked until it ends.
pub(crate) struct Locked {
    /// `None` where nobody asks.
    pub(crate) actor: Option<User>,
    pub(crate) target: User,
}

impl Database {
    /// Locks the actor and the target, in the order of their ids so that two writes never wait for each other, and asks the
    /// policy again.
    pub(crate) async fn judge(
        &self,
        connection: &mut AsyncPgConnection,
        ask: &Ask,
        target: Uuid,
    ) -> Result<Locked, Error> {
        let member = match ask.actor {
            Actor::Member(member) => Some(member),
            Actor::Nobody => None,
        };
        let mut actor = None;
        if let Some(member) = member.filter(|member| member.id < target) {
            actor = self.share(connection, member.id).await?;
        }
        let row = found(
            users::table
                .find(target)
                .select(columns(self.clock.now()))
                .for_no_key_update()
                .get_result::<UserRow>(connection)
                .await,
        )?;
        let user = row.map(User::from);
        if let Some(member) = member {
            if member.id == target {
                actor.clone_from(&user);
            } else if member.id > target {
                actor = self.share(connection, member.id).await?;
            }
        }
        let now = self.actor_now(connection, member, actor.as_ref()).await?;
        let decision = policy::may(&now, ask.action, &Resource::User { id: target, user: user.as_ref() });
        if let (Decision::Allow | Decision::Conflict(_), Some(user)) = (decision, &user) {
            ask.condition.holds(user)?;
        }
        match (decision, user) {
            (Decision::Allow, Some(target)) => Ok(Locked { actor, target }),
            (Decision::Allow, None) => Err(Error::Refused(Decision::Missing)),
            (refusal, _) => Err(Error::Refused(refusal)),
        }
    }

    /// Locks the actor alone and asks the policy about something that is not a user's row.
    pub(crate) async fn judge_actor(
        &self,
        connection: &mut AsyncPgConnection,
        ask: &Ask,
        resource: &Resource<'_>,
    ) -> Result<Option<User>, Error> {
        let (mut member, mut actor) = (None, None);
        if let Actor::Member(known) = ask.actor {
            member = Some(known);
            actor = self.share(connection, known.id).await?;
        }
        let now = self.actor_now(connection, member, actor.as_ref()).await?;
        match policy::may(&now, ask.action, resource) {
            Decision::Allow => Ok(actor),
            refusal => Err(Error::Refused(refusal)),
        }
    }

    async fn share(&self, connection: &mut AsyncPgConnection, id: Uuid) -> Result<Option<User>, Error> {
        let row = users::table.find(id).select(columns(self.clock.now())).for_share();
        Ok(found(row.get_result::<UserRow>(connection).await)?.map(User::from))
    }

    /// The actor as the locked row says; nobody, if the session has ended meanwhile.
    async fn actor_now(
        &self,
        connection: &mut AsyncPgConnection,
        member: Option<Member>,
        row: Option<&User>,
    ) -> Result<Actor, Error> {
        let (Some(member), Some(row)) = (member, row) else {
            return Ok(Actor::Nobody);
        };
        let session = found(
            sessions::table
                .filter(sessions::id.eq(member.session))
                .filter(sessions::user_id.eq(member.id))
                .filter(sessions::expires_at.gt(self.clock.now()))
                .select(sessions::id)
                .for_key_share()
                .get_result::<Uuid>(connection)
                .await,
        )?;
        let active = row.status == usher_domain::Status::Active;
        Ok(match session {
            Some(session) if active => Actor::Member(Member { id: row.id, session, role: row.role }),
            _ => Actor::Nobody,
        })
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

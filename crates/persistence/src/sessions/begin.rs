//! Beginning a session, when everything that a sign-in asks for has been proved.

use crate::{
    Database, Error,
    audit::Record,
    cached_statement::CachedStatement,
    digest::Digest,
    refresh_tokens,
    schema::{sessions, users},
    session_lifetimes::SessionLifetimes,
    statistics::with_activity,
    write_request::RequestMetadata,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{Authentication, MethodSet, Session, User, audit::Event};
use uuid::Uuid;

/// A session to begin.
pub(super) struct NewSession<'a> {
    pub(super) user: &'a User,
    /// What the user has proved.
    pub(super) methods: MethodSet,
    /// The digest of its first refresh token.
    pub(super) refresh_token: &'a Digest,
    pub(super) lifetimes: SessionLifetimes,
    pub(super) metadata: &'a RequestMetadata,
}

#[derive(Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
struct NewSessionRow<'a> {
    id: Uuid,
    user_id: Uuid,
    created_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    user_agent: Option<&'a str>,
    address: Option<&'a str>,
    methods: i16,
}

impl Database {
    /// Begins a session of a user, whose row is locked, and records the sign-in. This counts, so it is the last
    /// thing that a transaction does.
    pub(super) async fn begin_session(
        &self,
        connection: &mut AsyncPgConnection,
        NewSession { user, methods, refresh_token, lifetimes, metadata }: NewSession<'_>,
    ) -> Result<Session, Error> {
        let (id, now) = self.clock.new_id();
        let update = diesel::update(users::table.find(user.id)).set(users::last_login_at.eq(now));
        CachedStatement(update).execute(connection).await?;
        let insert = diesel::insert_into(sessions::table).values(NewSessionRow {
            id,
            user_id: user.id,
            created_at: now,
            last_used_at: now,
            expires_at: lifetimes.end(now, now),
            user_agent: metadata.user_agent.as_deref(),
            address: metadata.address.as_deref(),
            methods: methods.bits(),
        });
        with_activity(insert, now.date_naive(), user.id).execute(connection).await?;
        refresh_tokens::begin(connection, id, refresh_token).await?;
        let record = Record::success(Event::SignedIn, user.id).by(Some(user));
        record.write(connection, &self.clock, metadata).await?;
        Ok(Session {
            id,
            user_id: user.id,
            owner: user.role.rights,
            authentication: Authentication { methods, at: now },
            created_at: now,
            last_used_at: now,
            user_agent: metadata.user_agent.clone(),
            address: metadata.address.clone(),
        })
    }
}

//! Refresh tokens: each is valid once and followed by one that is derived from it (RFC 9700 §4.14.2). Only digests are stored.

use crate::{
    Database, Error,
    audit::Record,
    cached_statement::CachedStatement,
    database::found,
    digest::Digest,
    schema::{refresh_tokens, sessions, users},
    session_lifetimes::SessionLifetimes,
    sessions::{AuthenticationRow, authentication},
    statistics::with_activity,
    write_request::RequestMetadata,
};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    Authentication, Status,
    audit::{Change, Event},
};
use uuid::Uuid;

/// The number of derivations that lead from any spent token to one that is stored.
pub const KEPT_TOKEN_INTERVAL: usize = 64;

/// How long a spent token may be sent again even though its successor has been used: two tabs may refresh at once.
const GRACE: TimeDelta = TimeDelta::seconds(10);
/// How long every spent token is kept: longer than the grace, even where clocks differ.
const KEPT_FOR: TimeDelta = TimeDelta::minutes(1);

/// The result of sending a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// It was valid, or was spent a moment ago: its successor is valid now.
    Continued(RefreshedSession),
    /// It was spent before, but its successor has not been used: the answer was lost, and is repeated.
    Repeated(RefreshedSession),
    /// Its successor has been used, so two clients have it: the session has ended.
    Revoked,
    /// It is not known here, or its session has ended, or its user may not sign in, or its successor was derived from a
    /// secret that has been replaced.
    Refused,
}

/// A session that was continued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshedSession {
    pub user: Uuid,
    pub session: Uuid,
    /// A refresh does not change it.
    pub authentication: Authentication,
}

/// A session as its refresh tokens see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshSession {
    pub session: Uuid,
    pub user: Uuid,
    /// When the session expires if it is not used.
    pub expires_at: DateTime<Utc>,
    /// Whether the token is spent.
    pub spent: bool,
}

#[derive(Queryable)]
struct Holder {
    session: Uuid,
    user: Uuid,
    status: String,
    authentication: AuthenticationRow,
    generation: i64,
    spent_at: Option<DateTime<Utc>>,
}

/// The state of a spent token.
enum Again {
    /// It was spent a moment ago.
    Soon,
    /// Its successor has not been used, however long ago it was spent.
    Late,
    /// Its successor was derived from another secret, so it cannot be returned again.
    Lost,
    /// Its successor has been used.
    Reused,
}

impl Database {
    /// Spends the token of digest `presented` and makes that of digest `successor` valid in its place. Concurrent requests
    /// take turns on the session: the first one rotates, the others find that it has just been done.
    ///
    /// A spent token returns the same successor again for [`GRACE`], and after that for as long as the successor has
    /// not been spent itself: an answer may be lost, and a phone may sleep before it asks again. Once the successor has been
    /// spent, two clients have the token, and the session ends.
    pub async fn refresh(
        &self,
        presented: &Digest,
        successor: &Digest,
        lifetimes: SessionLifetimes,
        metadata: &RequestMetadata,
    ) -> Result<RefreshOutcome, Error> {
        self.transaction(async |connection| {
            let holder = refresh_tokens::table
                .inner_join(sessions::table.inner_join(users::table))
                .filter(refresh_tokens::digest.eq(presented.as_slice()))
                .filter(sessions::expires_at.gt(self.clock.now()))
                .select((
                    sessions::id,
                    users::id,
                    users::status,
                    authentication(),
                    refresh_tokens::generation,
                    refresh_tokens::spent_at,
                ))
                .get_result::<Holder>(connection)
                .await;
            let Some(holder) = found(holder)?.filter(|holder| holder.status == Status::Active.as_str()) else {
                return Ok(RefreshOutcome::Refused);
            };
            let Holder { user, session, .. } = holder;
            let refreshed = RefreshedSession { user, session, authentication: holder.authentication.into() };
            let continued = RefreshOutcome::Continued(refreshed);
            if let Some(spent_at) = holder.spent_at {
                let again = self.again(connection, holder.session, holder.generation, spent_at, successor).await?;
                if matches!(again, Again::Soon) {
                    return Ok(continued);
                }
            }
            // Ending the session deletes this row; a concurrent refresh waits here.
            let locked = sessions::table
                .find(holder.session)
                .select(sessions::created_at)
                .for_no_key_update()
                .get_result::<DateTime<Utc>>(connection)
                .await;
            let Some(created_at) = found(locked)? else {
                return Ok(RefreshOutcome::Refused);
            };
            let token = refresh_tokens::table
                .find(presented.as_slice())
                .select((refresh_tokens::generation, refresh_tokens::spent_at))
                .get_result::<(i64, Option<DateTime<Utc>>)>(connection)
                .await;
            let now = self.clock.now();
            let outcome = match found(token)? {
                None => return Ok(RefreshOutcome::Refused),
                Some((generation, None)) => {
                    rotate(connection, holder.session, generation, successor, now).await?;
                    continued
                }
                Some((generation, Some(spent_at))) => {
                    match self.again(connection, holder.session, generation, spent_at, successor).await? {
                        Again::Soon => return Ok(continued),
                        Again::Late => RefreshOutcome::Repeated(refreshed),
                        Again::Lost => return Ok(RefreshOutcome::Refused),
                        Again::Reused => {
                            self.end_reused(connection, holder.session, holder.user, metadata).await?;
                            return Ok(RefreshOutcome::Revoked);
                        }
                    }
                }
            };
            let update = diesel::update(sessions::table.find(holder.session))
                .set((sessions::last_used_at.eq(now), sessions::expires_at.eq(lifetimes.end(created_at, now))));
            CachedStatement(with_activity(update, now.date_naive(), holder.user)).execute(connection).await?;
            Ok(outcome)
        })
        .await
    }

    /// The state of a token that was spent at `spent_at`, and whose successor would have the digest `successor`.
    async fn again(
        &self,
        connection: &mut AsyncPgConnection,
        session: Uuid,
        generation: i64,
        spent_at: DateTime<Utc>,
        successor: &Digest,
    ) -> Result<Again, Error> {
        let next = refresh_tokens::table
            .filter(refresh_tokens::session_id.eq(session))
            .filter(refresh_tokens::generation.eq(generation + 1))
            .select((refresh_tokens::digest, refresh_tokens::spent_at.is_null()))
            .get_result::<(Vec<u8>, bool)>(connection)
            .await;
        let soon = self.clock.now() - spent_at <= GRACE;
        Ok(match found(next)? {
            Some((digest, unused)) if digest != successor.as_slice() && (soon || unused) => Again::Lost,
            Some(_) if soon => Again::Soon,
            Some((_, true)) => Again::Late,
            _ => Again::Reused,
        })
    }

    /// Ends the session that one of these tokens belongs to, because a token that came before them was sent: it was spent
    /// so long ago that it is not kept itself. Returns whether there is such a session.
    pub async fn revoke_reused(&self, successors: &[Digest], metadata: &RequestMetadata) -> Result<bool, Error> {
        let Some(holder) = self.refresh_session(successors).await? else {
            return Ok(false);
        };
        self.transaction(async |connection| self.end_reused(connection, holder.session, holder.user, metadata).await)
            .await?;
        Ok(true)
    }

    /// The session, still alive, that one of these tokens belongs to, spent or not.
    pub async fn refresh_session(&self, digests: &[Digest]) -> Result<Option<RefreshSession>, Error> {
        let digests: Vec<&[u8]> = digests.iter().map(Digest::as_slice).collect();
        let session = refresh_tokens::table
            .inner_join(sessions::table)
            .filter(refresh_tokens::digest.eq_any(digests))
            .filter(sessions::expires_at.gt(self.clock.now()))
            .select((sessions::id, sessions::user_id, sessions::expires_at, refresh_tokens::spent_at.is_not_null()));
        let row =
            self.read(async |connection| found(session.first::<(Uuid, Uuid, DateTime<Utc>, bool)>(connection).await));
        let row = row.await?;
        Ok(row.map(|(session, user, expires_at, spent)| RefreshSession { session, user, expires_at, spent }))
    }

    async fn end_reused(
        &self,
        connection: &mut AsyncPgConnection,
        session: Uuid,
        user: Uuid,
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        if diesel::delete(sessions::table.find(session)).execute(connection).await? == 0 {
            return Ok(());
        }
        let changes = [Change::gone("session", session)];
        let record = Record::refused(Event::RefreshTokenReused, Some(user)).changing(&changes);
        record.write(connection, &self.clock, metadata).await
    }
}

/// The first token of a session.
pub(crate) async fn begin(connection: &mut AsyncPgConnection, session: Uuid, digest: &Digest) -> Result<(), Error> {
    add(connection, session, 0, digest).await
}

async fn add(connection: &mut AsyncPgConnection, session: Uuid, generation: i64, digest: &Digest) -> Result<(), Error> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::digest.eq(digest.as_slice()),
            refresh_tokens::session_id.eq(session),
            refresh_tokens::generation.eq(generation),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

async fn rotate(
    connection: &mut AsyncPgConnection,
    session: Uuid,
    generation: i64,
    successor: &Digest,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let of_session = refresh_tokens::session_id.eq(session);
    let spent =
        diesel::update(refresh_tokens::table.filter(of_session).filter(refresh_tokens::generation.eq(generation)))
            .set(refresh_tokens::spent_at.eq(now));
    CachedStatement(spent).execute(connection).await?;
    add(connection, session, generation + 1, successor).await?;
    // Each refresh deletes the rows of earlier ones, so that a session has few rows however long it lives.
    diesel::delete(
        refresh_tokens::table
            .filter(of_session)
            .filter(refresh_tokens::generation.lt(generation))
            .filter(refresh_tokens::spent_at.lt(now - KEPT_FOR))
            .filter(sql::<Bool>(&format!("generation % {KEPT_TOKEN_INTERVAL} <> 0"))),
    )
    .execute(connection)
    .await?;
    Ok(())
}

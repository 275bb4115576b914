//! Starting a session.

use crate::{
    Database, Error,
    audit::Record,
    cached_statement::CachedStatement,
    database::found,
    digest::Digest,
    rate_limits::{self, SignInCounters},
    refresh_tokens,
    row::UserRow,
    schema::{sessions, users},
    session_lifetimes::SessionLifetimes,
    users::Credentials,
    write_request::RequestMetadata,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{Session, Status, User, audit::Event};
use uuid::Uuid;

/// The rules that a sign-in must meet.
#[derive(Debug, Clone, Copy)]
pub struct SignInRules {
    pub lifetimes: SessionLifetimes,
    /// Only users whose address is confirmed may sign in.
    pub verified_email: bool,
}

impl SignInRules {
    /// Whether a user of this status, with an address that is confirmed or not, may sign in.
    pub fn admit(&self, status: Status, email_verified: bool) -> bool {
        status == Status::Active && (email_verified || !self.verified_email)
    }
}

/// The result of a sign-in.
#[derive(Debug, Clone)]
pub enum SignIn {
    Begun(Session),
    /// The user has been deleted, has no password, or may not sign in.
    Refused,
    /// The hash that the password was verified against is not the user's any more. The password may still be right: another
    /// sign-in may have renewed the hash.
    HashReplaced,
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
}

impl Database {
    /// Begins a session for the user whose password was verified against the hash in `credentials`, with its first refresh
    /// token, and replaces that hash by `rehashed` if one is given. The counted attempt is refunded.
    pub async fn sign_in(
        &self,
        credentials: &Credentials,
        rehashed: Option<&str>,
        refresh_token: &Digest,
        counters: Option<&SignInCounters>,
        rules: SignInRules,
        metadata: &RequestMetadata,
    ) -> Result<SignIn, Error> {
        self.transaction(async |connection| {
            let row = users::table
                .find(credentials.id)
                .select((self.columns(), users::password_hash))
                .for_no_key_update()
                .get_result::<(UserRow, Option<String>)>(connection)
                .await;
            let Some((row, hash)) = found(row)? else {
                return Ok(SignIn::Refused);
            };
            let user = User::from(row);
            if hash.is_none() || !rules.admit(user.status, user.email_verified) {
                return Ok(SignIn::Refused);
            }
            if hash != credentials.password_hash {
                return Ok(SignIn::HashReplaced);
            }
            let (id, now) = self.clock.new_id();
            let hash = rehashed.or(hash.as_deref());
            let update = diesel::update(users::table.find(user.id))
                .set((users::last_login_at.eq(now), users::password_hash.eq(hash)));
            CachedStatement(update).execute(connection).await?;
            diesel::insert_into(sessions::table)
                .values(NewSessionRow {
                    id,
                    user_id: user.id,
                    created_at: now,
                    last_used_at: now,
                    expires_at: rules.lifetimes.end(now, now),
                    user_agent: metadata.user_agent.as_deref(),
                    address: metadata.address.as_deref(),
                })
                .execute(connection)
                .await?;
            refresh_tokens::begin(connection, id, refresh_token).await?;
            if let Some(counters) = counters {
                rate_limits::sign_in_succeeded(connection, counters, &user, now).await?;
            }
            let record = Record::success(Event::SignedIn, user.id).by(Some(&user));
            record.write(connection, &self.clock, metadata).await?;
            Ok(SignIn::Begun(Session {
                id,
                user_id: user.id,
                owner: user.role.rights,
                created_at: now,
                last_used_at: now,
                user_agent: metadata.user_agent.clone(),
                address: metadata.address.clone(),
            }))
        })
        .await
    }

    /// Records that a sign-in was refused; `target` is the user it was for, if the user exists. `failed` are the counters that
    /// it was counted by, if the password was verified.
    pub async fn sign_in_refused(
        &self,
        target: Option<Uuid>,
        failed: Option<&SignInCounters>,
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        self.transaction(async |connection| {
            if let Some(counters) = failed {
                self.sign_in_failed(connection, counters, metadata).await?;
            }
            Record::refused(Event::SignInRefused, target).write(connection, &self.clock, metadata).await
        })
        .await
    }
}

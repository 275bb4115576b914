//! Signing in with a password: the only step, or the first of two.

use super::begin::NewSession;
use crate::{
    Database, Error,
    audit::Record,
    database::found,
    digest::Digest,
    factors::proof,
    mfa_tokens::{self, Binding, DigestParts},
    rate_limits::{self, SignInCounters},
    row::UserRow,
    schema::users,
    session_lifetimes::SessionLifetimes,
    users::Credentials,
    write_request::RequestMetadata,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{MethodSet, MfaMethod, Session, Status, User, audit::Event};
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

/// A sign-in whose password was verified.
#[derive(Clone, Copy)]
pub struct FirstStep<'a> {
    /// What the password was verified against.
    pub credentials: &'a Credentials,
    /// The hash that replaces the one in `credentials`.
    pub rehashed: Option<&'a str>,
    /// The digest of the first refresh token of the session.
    pub refresh_token: &'a Digest,
    /// The digest of the token that continues the sign-in, if there is a second step.
    pub mfa_token: &'a Digest,
    /// Computes what that token depends on.
    pub digest_parts: &'a DigestParts<'a>,
    /// The counters by which the attempt was counted.
    pub counters: Option<&'a SignInCounters>,
    pub rules: SignInRules,
}

/// The result of a sign-in.
#[derive(Debug, Clone)]
pub enum SignIn {
    Begun(Session),
    /// The user has a second factor, and can prove it with one of these.
    Waiting(Vec<MfaMethod>),
    /// The user has been deleted, has no password, or may not sign in.
    Refused,
    /// The hash that the password was verified against is not the user's any more. The password may still be right: another
    /// sign-in may have renewed the hash.
    HashReplaced,
}

impl Database {
    /// Begins a session for the user whose password was verified, with its first refresh token, or stores the token of the
    /// second step if the user has a second factor. The counted attempt is refunded.
    pub async fn sign_in(&self, step: &FirstStep<'_>, metadata: &RequestMetadata) -> Result<SignIn, Error> {
        let FirstStep { credentials, rehashed, rules, .. } = *step;
        self.transaction(async |connection| {
            let row = users::table
                .find(credentials.id)
                .select((self.columns(), users::password_hash))
                .for_no_key_update()
                .get_result::<(UserRow, Option<String>)>(connection)
                .await;
            let Some((row, Some(hash))) = found(row)? else {
                return Ok(SignIn::Refused);
            };
            let user = User::from(row);
            if !rules.admit(user.status, user.email_verified) {
                return Ok(SignIn::Refused);
            }
            if credentials.password_hash.as_ref() != Some(&hash) {
                return Ok(SignIn::HashReplaced);
            }
            if let Some(rehashed) = rehashed {
                let renewed = users::password_hash.eq(rehashed);
                diesel::update(users::table.find(user.id)).set(renewed).execute(connection).await?;
            }
            if user.has_factors {
                let hash = rehashed.unwrap_or(&hash);
                return Ok(SignIn::Waiting(self.wait_for_second_step(connection, &user, hash, step).await?));
            }
            let new = NewSession {
                user: &user,
                methods: MethodSet::PASSWORD,
                refresh_token: step.refresh_token,
                lifetimes: rules.lifetimes,
                metadata,
            };
            if let Some(counters) = step.counters {
                rate_limits::sign_in_succeeded(connection, counters, &user, self.clock.now()).await?;
            }
            Ok(SignIn::Begun(self.begin_session(connection, new).await?))
        })
        .await
    }

    /// Stores the token that continues the sign-in. Returns what the user can prove with it.
    async fn wait_for_second_step(
        &self,
        connection: &mut AsyncPgConnection,
        user: &User,
        password_hash: &str,
        step: &FirstStep<'_>,
    ) -> Result<Vec<MfaMethod>, Error> {
        let (factors_version, failures): (i64, i32) = users::table
            .find(user.id)
            .select((users::factors_version, users::second_factor_failures))
            .get_result(connection)
            .await?;
        let binding = Binding { password_hash, status: user.status, factors_version }.digest(step.digest_parts);
        mfa_tokens::store(connection, step.mfa_token, user.id, &binding, self.clock.now()).await?;
        if let Some(counters) = step.counters {
            rate_limits::password_proved(connection, counters).await?;
        }
        proof::usable_methods(connection, user.id, failures, self.rp_id().as_deref()).await
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

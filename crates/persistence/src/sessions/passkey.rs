//! Signing in with a passkey alone.

use super::{SignInRules, begin::NewSession, proofs::SentProof};
use crate::{
    Database, Error,
    audit::Record,
    database::found,
    digest::Digest,
    factors::{PasskeyProof, Proof, heard::Heard},
    rate_limits::{ProofCounters, ProofFor},
    row::UserRow,
    schema::users,
    write_request::RequestMetadata,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{Session, User, audit::Event};
use uuid::Uuid;

/// A passkey that its user has sent to sign in.
#[derive(Clone, Copy)]
pub struct PasskeySignIn<'a> {
    /// The user who has it.
    pub user: Uuid,
    pub proof: PasskeyProof<'a>,
    /// The digest of the first refresh token of the session.
    pub refresh_token: &'a Digest,
    /// The counters by which the attempt was counted.
    pub counters: Option<&'a ProofCounters>,
    pub rules: SignInRules,
}

/// What becomes of a sign-in with a passkey.
#[derive(Debug, Clone)]
pub enum PasskeySignInOutcome {
    Begun(Session),
    /// The passkey is wrong, or has not verified its user, or the user may not sign in.
    Refused,
    /// The passkey was not compared: the ceremony has been used before. It is no guess, so it must not be counted.
    NotHeard,
}

impl Database {
    /// Begins a session of the user, if the passkey is right and has verified them, and if they may sign in.
    pub async fn sign_in_with_passkey(
        &self,
        sign_in: &PasskeySignIn<'_>,
        metadata: &RequestMetadata,
    ) -> Result<PasskeySignInOutcome, Error> {
        self.transaction(async |connection| {
            let row = users::table.find(sign_in.user).select(self.columns()).for_no_key_update();
            let user = found(row.get_result::<UserRow>(connection).await)?.map(User::from);
            let Some(user) = user else {
                let record = Record::refused(Event::SignInRefused, Some(sign_in.user));
                record.write(connection, &self.clock, metadata).await?;
                return Ok(PasskeySignInOutcome::Refused);
            };
            let sent = SentProof {
                user: &user,
                proof: &Proof::Passkey(sign_in.proof),
                sent_for: ProofFor::SignIn,
                failures: None,
                counters: sign_in.counters,
                metadata,
            };
            if !sign_in.rules.admit(user.status, user.email_verified) {
                self.proof_refused(connection, sent).await?;
                return Ok(PasskeySignInOutcome::Refused);
            }
            let accepted = match self.hear_and_settle(connection, sent).await? {
                Heard::Accepted(accepted) => accepted,
                Heard::Refused => return Ok(PasskeySignInOutcome::Refused),
                // Nothing follows that could prove more.
                Heard::PasswordRequired => {
                    self.proof_refused(connection, sent).await?;
                    return Ok(PasskeySignInOutcome::Refused);
                }
                Heard::NotCompared | Heard::CeremonySpent => return Ok(PasskeySignInOutcome::NotHeard),
            };
            let new = NewSession {
                user: &user,
                methods: accepted.alone(),
                refresh_token: sign_in.refresh_token,
                lifetimes: sign_in.rules.lifetimes,
                metadata,
            };
            Ok(PasskeySignInOutcome::Begun(self.begin_session(connection, new).await?))
        })
        .await
    }
}

//! The second step of a sign-in.

use super::{SignInRules, begin::NewSession, proofs::SentProof};
use crate::{
    Database, Error,
    database::found,
    digest::Digest,
    factors::{Proof, heard::Heard},
    mfa_tokens::{self, Binding, DigestParts},
    rate_limits::{ProofCounters, ProofFor},
    row::UserRow,
    schema::users,
    write_request::RequestMetadata,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{Session, User};
use uuid::Uuid;

/// What a client sends to complete a sign-in.
#[derive(Clone, Copy)]
pub struct SecondStep<'a> {
    /// The digest of the token that the first step returned.
    pub mfa_token: &'a Digest,
    /// The user whose sign-in the token continues.
    pub user: Uuid,
    pub proof: Proof<'a>,
    /// Computes the binding of the token, as in the first step.
    pub digest_parts: &'a DigestParts<'a>,
    /// The digest of the first refresh token of the session.
    pub refresh_token: &'a Digest,
    /// The counters by which the proof was counted.
    pub counters: Option<&'a ProofCounters>,
    pub rules: SignInRules,
}

/// The result of a second step.
#[derive(Debug, Clone)]
pub enum SecondStepOutcome {
    Begun(Session),
    /// The proof is wrong.
    Refused,
    /// The proof was not looked at: one-time codes of this user are not heard any more, or cannot be verified.
    NotHeard,
    /// The ceremony that a passkey has answered has expired or is spent. The passkey was not looked at.
    CeremonySpent,
    /// The token has expired, was used, was sent with too many wrong proofs, or what it depends on has changed. The proof was
    /// not looked at.
    TokenSpent,
}

impl Database {
    /// Begins the session of a sign-in that has waited for its second step, if the token is valid and the proof is right.
    pub async fn complete_sign_in(
        &self,
        step: &SecondStep<'_>,
        metadata: &RequestMetadata,
    ) -> Result<SecondStepOutcome, Error> {
        self.transaction(async |connection| {
            let row = users::table
                .find(step.user)
                .select((self.columns(), users::password_hash, users::factors_version, users::second_factor_failures))
                .for_no_key_update()
                .get_result::<(UserRow, Option<String>, i64, i32)>(connection)
                .await;
            let Some((row, Some(password_hash), factors_version, failures)) = found(row)? else {
                return Ok(SecondStepOutcome::TokenSpent);
            };
            let (user, now) = (User::from(row), self.clock.now());
            let binding = Binding { password_hash: &password_hash, status: user.status, factors_version };
            let binding = binding.digest(step.digest_parts);
            if !step.rules.admit(user.status, user.email_verified)
                || !mfa_tokens::lock_valid(connection, step.mfa_token, user.id, &binding, now).await?
            {
                return Ok(SecondStepOutcome::TokenSpent);
            }
            let sent = SentProof {
                user: &user,
                proof: &step.proof,
                sent_for: ProofFor::SignIn,
                failures: Some(failures),
                counters: step.counters,
                metadata,
            };
            let accepted = match self.hear_and_settle(connection, sent).await? {
                Heard::Accepted(accepted) => accepted,
                Heard::CeremonySpent => return Ok(SecondStepOutcome::CeremonySpent),
                // A passkey never lacks a password here: it has been proved in the first step.
                Heard::NotCompared | Heard::PasswordRequired => return Ok(SecondStepOutcome::NotHeard),
                Heard::Refused => {
                    mfa_tokens::count_proof(connection, step.mfa_token).await?;
                    return Ok(SecondStepOutcome::Refused);
                }
            };
            mfa_tokens::spend(connection, step.mfa_token).await?;
            let new = NewSession {
                user: &user,
                methods: accepted.with_password(),
                refresh_token: step.refresh_token,
                lifetimes: step.rules.lifetimes,
                metadata,
            };
            Ok(SecondStepOutcome::Begun(self.begin_session(connection, new).await?))
        })
        .await
    }
}

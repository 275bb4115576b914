//! What becomes of a proof of a second factor, whatever it is sent for: the second step of a sign-in, a sign-in with a passkey
//! alone, or a step-up.

use crate::{
    Database, Error,
    audit::Record,
    factors::{
        Proof,
        heard::{Accepted, Heard},
    },
    mail::Mail,
    rate_limits::{self, ProofCounters, ProofFor},
    schema::users,
    write_request::RequestMetadata,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    MailKind, User,
    audit::{Change, Event},
    second_step::FAILURES_BEFORE_NOTICE,
};

/// A proof that a user has sent.
#[derive(Clone, Copy)]
pub(super) struct SentProof<'a> {
    /// The user, whose row is locked.
    pub(super) user: &'a User,
    pub(super) proof: &'a Proof<'a>,
    pub(super) sent_for: ProofFor,
    /// How many proofs were refused in a row, if the password was proved too: then a refusal is one more. Without it, a refusal
    /// does not show that somebody has the password.
    pub(super) failures: Option<i32>,
    /// The counters by which the proof was counted.
    pub(super) counters: Option<&'a ProofCounters>,
    pub(super) metadata: &'a RequestMetadata,
}

impl Database {
    /// Accepts the proof or refuses it, and records it if so. What is not heard changes nothing.
    pub(super) async fn hear_and_settle(
        &self,
        connection: &mut AsyncPgConnection,
        sent: SentProof<'_>,
    ) -> Result<Heard, Error> {
        if sent.failures.is_some_and(|failures| !sent.proof.method().is_heard_after(failures)) {
            return Ok(Heard::NotCompared);
        }
        let heard = self.hear_proof(connection, sent.user.id, sent.proof, sent.metadata).await?;
        match heard {
            Heard::Accepted(accepted) => self.proof_accepted(connection, sent, accepted).await?,
            Heard::Refused => self.proof_refused(connection, sent).await?,
            Heard::NotCompared | Heard::PasswordRequired | Heard::CeremonySpent => {}
        }
        Ok(heard)
    }

    /// The proof is right: failures are forgotten. The owner is informed by mail of a used recovery code.
    async fn proof_accepted(
        &self,
        connection: &mut AsyncPgConnection,
        SentProof { user, sent_for, counters, metadata, .. }: SentProof<'_>,
        accepted: Accepted,
    ) -> Result<(), Error> {
        if let Some(remaining) = accepted.remaining {
            let changes = [Change::between("recovery_codes", &(remaining + 1).to_string(), &remaining.to_string())];
            let record = Record::success(Event::RecoveryCodeUsed, user.id).by(Some(user)).changing(&changes);
            record.write(connection, &self.clock, metadata).await?;
            Mail::notice(MailKind::RecoveryCodeUsed, &user.email).queue(connection, self, metadata).await?;
        }
        let failures = users::second_factor_failures.eq(0);
        diesel::update(users::table.find(user.id)).set(failures).execute(connection).await?;
        match counters {
            Some(counters) => rate_limits::proof_accepted(connection, user, sent_for, counters, self.clock.now()).await,
            None => Ok(()),
        }
    }

    /// The proof is refused: it is counted, and recorded. After some in a row, the owner is informed by mail, once, that
    /// somebody has the password.
    pub(super) async fn proof_refused(
        &self,
        connection: &mut AsyncPgConnection,
        SentProof { user, proof, sent_for, failures, counters, metadata }: SentProof<'_>,
    ) -> Result<(), Error> {
        if let Some(failures) = failures {
            let failures_now = proof.method().failures_after(failures);
            diesel::update(users::table.find(user.id))
                .set(users::second_factor_failures.eq(failures_now))
                .execute(connection)
                .await?;
            if failures < FAILURES_BEFORE_NOTICE && failures_now >= FAILURES_BEFORE_NOTICE {
                let notice = Mail::notice(MailKind::SecondFactorsRefused, &user.email);
                notice.queue(connection, self, metadata).await?;
            }
        }
        if let Some(counters) = counters {
            rate_limits::proof_refused(connection, user, counters, self.clock.now()).await?;
        }
        let record = match sent_for {
            ProofFor::SignIn => Record::refused(Event::SignInRefused, Some(user.id)),
            ProofFor::StepUp => Record::refused(Event::SteppedUp, Some(user.id)).by(Some(user)),
        };
        record.write(connection, &self.clock, metadata).await
    }
}

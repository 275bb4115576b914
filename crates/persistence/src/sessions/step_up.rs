//! Proving again, in a session, who one is.

use super::{SessionRow, proofs::SentProof};
use crate::{
    Database, Error, WriteRequest,
    audit::Record,
    database::found,
    factors::{Proof, heard::Heard},
    operator_rules::EnrolledFactors,
    rate_limits::{ProofCounters, ProofFor},
    row::UserRow,
    schema::{sessions, users},
    users::check_verified_hash,
    write_request::RequestMetadata,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    MethodSet, Session, User,
    audit::Event,
    policy::{Decision, Principal, Resource},
};
use uuid::Uuid;

/// What a user sends to prove who they are.
#[derive(Clone, Copy)]
pub struct StepUp<'a> {
    /// The hash that the password was verified against; `None` if a passkey is to be enough.
    pub verified_hash: Option<&'a str>,
    /// The proof of a factor; required of users who have one.
    pub proof: Option<Proof<'a>>,
    /// The counters by which the proof was counted.
    pub counters: Option<&'a ProofCounters>,
}

/// The result of a step-up.
#[derive(Debug, Clone)]
pub enum StepUpOutcome {
    /// The session is fresh. The actor is the one of the request, as a fresh session makes it.
    Done { session: Box<Session>, actor: Principal },
    /// The proof of the factor is wrong.
    Refused,
    /// The proof was not looked at: one-time codes of this user are not heard any more, or cannot be verified.
    NotHeard,
    /// The user has a factor and must prove it.
    ProofRequired,
    /// The ceremony that a passkey has answered has expired or is spent. The passkey was not looked at.
    CeremonySpent,
    /// The passkey has not verified its user, so that the password must be proved too. Nothing was spent.
    PasswordRequired,
}

impl Database {
    /// Makes the actor's session fresh, if the policy allows it for the service as it is, the password is still the user's, and
    /// the proof of a factor is right.
    pub async fn step_up(
        &self,
        request: &WriteRequest,
        service: &Resource<'_>,
        step: &StepUp<'_>,
    ) -> Result<StepUpOutcome, Error> {
        self.transaction(async |connection| {
            let locked = self.lock_own_row_and_authorize(connection, request, service).await?;
            let (user, now) = (&locked.target, self.clock.now());
            let Principal::User(caller) = locked.principal else {
                return Err(Error::Refused(Decision::Unauthenticated));
            };
            let session = caller.session().ok_or(Error::Refused(Decision::NotFound))?;
            if let Some(hash) = step.verified_hash {
                check_verified_hash(connection, user.id, Some(hash)).await?;
            }
            let methods = match step.proof {
                // Only a passkey can be enough.
                _ if step.verified_hash.is_none() && !matches!(step.proof, Some(Proof::Passkey(_))) => {
                    return Ok(StepUpOutcome::PasswordRequired);
                }
                None if user.has_factors => return Ok(StepUpOutcome::ProofRequired),
                None => MethodSet::PASSWORD,
                // There is nothing that it could be compared with, so it is no guess.
                Some(_) if !user.has_factors => return Ok(StepUpOutcome::NotHeard),
                Some(proof) => {
                    let row = users::table.find(user.id).select(users::second_factor_failures);
                    let failures: i32 = row.get_result(connection).await?;
                    let sent = SentProof {
                        user,
                        proof: &proof,
                        sent_for: ProofFor::StepUp,
                        failures: step.verified_hash.is_some().then_some(failures),
                        counters: step.counters,
                        metadata: &request.metadata,
                    };
                    let accepted = match self.hear_and_settle(connection, sent).await? {
                        Heard::Accepted(accepted) => accepted,
                        Heard::CeremonySpent => return Ok(StepUpOutcome::CeremonySpent),
                        Heard::PasswordRequired => return Ok(StepUpOutcome::PasswordRequired),
                        Heard::NotCompared => return Ok(StepUpOutcome::NotHeard),
                        Heard::Refused => return Ok(StepUpOutcome::Refused),
                    };
                    match step.verified_hash {
                        Some(_) => accepted.with_password(),
                        None => accepted.alone(),
                    }
                }
            };
            let session = self.authenticated_again(connection, session, user, methods).await?;
            let record = Record::success(Event::SteppedUp, user.id).by(Some(user));
            record.write(connection, &self.clock, &request.metadata).await?;
            let assurance = self.rules.assurance(Some(&session.authentication), EnrolledFactors::from(user), now);
            Ok(StepUpOutcome::Done {
                session: Box::new(session),
                actor: Principal::User(caller.with_assurance(assurance)),
            })
        })
        .await
    }

    /// Records that a step-up was refused because the password of the user is wrong.
    pub async fn step_up_refused(&self, user: Uuid, metadata: &RequestMetadata) -> Result<(), Error> {
        self.transaction(async |connection| {
            let row = users::table.find(user).select(self.columns()).get_result::<UserRow>(connection).await;
            let Some(user) = found(row)?.map(User::from) else { return Ok(()) };
            let record = Record::refused(Event::SteppedUp, Some(user.id)).by(Some(&user));
            record.write(connection, &self.clock, metadata).await
        })
        .await
    }

    /// Records what was proved now in a session of this user, whose row is locked. What was proved before counts no more: its
    /// time would not be known.
    async fn authenticated_again(
        &self,
        connection: &mut AsyncPgConnection,
        id: Uuid,
        user: &User,
        methods: MethodSet,
    ) -> Result<Session, Error> {
        let session = sessions::table.find(id);
        let row = diesel::update(session)
            .set((sessions::methods.eq(methods.bits()), sessions::authenticated_at.eq(self.clock.now())))
            .returning(SessionRow::as_returning())
            .get_result(connection)
            .await?;
        Ok(row.of_owner(user.role.rights))
    }
}

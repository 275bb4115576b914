//! Proving again, in a session, who one is.

use crate::{Accounts, Error, Proof, factors::passkeys::ProofUse, password_verification::CurrentPassword};
use std::net::IpAddr;
use usher_domain::{
    Session,
    policy::{self, Decision, Principal},
};
use usher_persistence::{Error as DatabaseError, StepUp, StepUpOutcome, WriteRequest};
use uuid::Uuid;

impl Accounts {
    /// Makes the session of the request fresh, if the password is right and, for users who have a factor, the proof of one
    /// too; or if a passkey is right that has verified its user. If the password is wrong, the proof is not looked at. The
    /// session has proved then what is proved now, and nothing else. Returns the session and its user, as an actor who has
    /// done so. A wrong password and a wrong proof are recorded.
    ///
    /// # Errors
    /// [`Error::WrongPassword`], [`Error::WrongProof`], [`Error::CeremonySpent`], [`Error::ProofRequired`] or
    /// [`Error::PasswordRequired`]. A refusal if the session is fresh already: then nothing is verified.
    pub async fn step_up(
        &self,
        request: &WriteRequest,
        password: Option<&str>,
        proof: Option<&Proof>,
        address: Option<IpAddr>,
    ) -> Result<(Session, Principal), Error> {
        let service = self.service_resource();
        let refused = |decision| Error::Database(DatabaseError::Refused(decision));
        let caller = match (request.actor, policy::may(&request.actor, request.action, &service)) {
            (Principal::User(caller), Decision::Allow) => caller,
            (_, refusal) => return Err(refused(refusal)),
        };
        let session = caller.session().ok_or_else(|| refused(Decision::NotFound))?;
        let proved = self.prove_again(request, (caller.id, session), password, proof, address).await;
        if matches!(proved, Err(Error::WrongPassword)) {
            self.database.step_up_refused(caller.id, &request.metadata).await?;
        }
        proved
    }

    async fn prove_again(
        &self,
        request: &WriteRequest,
        (user, session): (Uuid, Uuid),
        password: Option<&str>,
        proof: Option<&Proof>,
        address: Option<IpAddr>,
    ) -> Result<(Session, Principal), Error> {
        let service = self.service_resource();
        let with_password = password.is_some();
        let proof_use = ProofUse::StepUp { session, with_password };
        let current = password.map(|password| CurrentPassword { user, password, address });
        let verified = match current {
            Some(current) => Some(self.verify_current_password(current).await?),
            None => None,
        };
        let prepared = proof.map(|proof| self.prepare_proof(user, proof, proof_use)).transpose()?;
        let attempt = match proof {
            Some(proof) => self.record_proof_of_session(user, proof.method(), address).await?,
            None => None,
        };
        let counters = attempt.as_ref().map(|attempt| &attempt.counters);
        let write = async |verified_hash: Option<&str>| {
            let proof = prepared.as_ref().map(|prepared| prepared.stored());
            self.database.step_up(request, &service, &StepUp { verified_hash, proof, counters }).await
        };
        let outcome = match (current, verified) {
            (Some(current), Some(verified)) => {
                self.write_verified(current, verified, async |hash: String| write(Some(&hash)).await).await
            }
            _ => write(None).await.map_err(Error::from),
        };
        if !matches!(outcome, Ok(StepUpOutcome::Done { .. } | StepUpOutcome::Refused)) {
            self.refund_proof(counters).await;
        }
        match outcome? {
            StepUpOutcome::Done { session, actor } => Ok((*session, actor)),
            StepUpOutcome::Refused | StepUpOutcome::NotHeard => Err(Error::WrongProof),
            StepUpOutcome::CeremonySpent => Err(Error::CeremonySpent),
            StepUpOutcome::ProofRequired => Err(Error::ProofRequired),
            StepUpOutcome::PasswordRequired => Err(Error::PasswordRequired),
        }
    }
}

//! The second step of a sign-in: a second factor, after the password.

use crate::{Accounts, Error, IssuedSession, Proof, factors::passkeys::ProofUse};
use std::net::IpAddr;
use usher_auth::opaque;
use usher_persistence::{Digest, RequestMetadata, SecondStep, SecondStepOutcome};
use uuid::Uuid;

/// A sign-in that waits for its second step.
pub struct WaitingSignIn {
    pub user: Uuid,
    token: Digest,
}

impl Accounts {
    /// The sign-in that this token continues.
    ///
    /// # Errors
    /// [`Error::MfaTokenSpent`] if it has expired or is complete.
    pub async fn waiting_sign_in(&self, mfa_token: &str) -> Result<WaitingSignIn, Error> {
        let token = opaque::digest(mfa_token).ok_or(Error::MfaTokenSpent)?;
        let user = self.database.user_of_mfa_token(&token).await?.ok_or(Error::MfaTokenSpent)?;
        Ok(WaitingSignIn { user, token })
    }

    /// Begins the session, if the proof is right.
    ///
    /// # Errors
    /// [`Error::WrongProof`], [`Error::CeremonySpent`], or [`Error::MfaTokenSpent`] if the sign-in cannot be completed. Then the
    /// proof is not used up.
    pub async fn complete_sign_in(
        &self,
        sign_in: &WaitingSignIn,
        proof: &Proof,
        address: Option<IpAddr>,
        metadata: &RequestMetadata,
    ) -> Result<IssuedSession, Error> {
        let WaitingSignIn { user, token } = sign_in;
        let prepared = self.prepare_proof(*user, proof, ProofUse::SecondStep(*user))?;
        let attempt = self.record_proof(*user, proof.method(), address, metadata).await?;
        let counters = attempt.as_ref().map(|attempt| &attempt.counters);
        let refresh_token = opaque::generate()?;
        let step = SecondStep {
            mfa_token: token,
            user: *user,
            proof: prepared.stored(),
            digest_parts: &self.binding_of_mfa_tokens(),
            refresh_token: &opaque::sha256(refresh_token.as_bytes()),
            counters,
            rules: self.sign_in_rules(),
        };
        let outcome = self.database.complete_sign_in(&step, metadata).await;
        if !matches!(outcome, Ok(SecondStepOutcome::Begun(_) | SecondStepOutcome::Refused)) {
            self.refund_proof(counters).await;
        }
        match outcome? {
            SecondStepOutcome::Begun(session) => Ok(IssuedSession::new(&session, refresh_token)),
            SecondStepOutcome::Refused | SecondStepOutcome::NotHeard => Err(Error::WrongProof),
            SecondStepOutcome::CeremonySpent => Err(Error::CeremonySpent),
            SecondStepOutcome::TokenSpent => Err(Error::MfaTokenSpent),
        }
    }

    /// Computes what a token depends on, without naming it in the database.
    pub(crate) fn binding_of_mfa_tokens(&self) -> impl Fn(&[&[u8]]) -> Digest + Send + Sync {
        |parts| self.keyring().pseudonym("mfa token", parts)
    }
}

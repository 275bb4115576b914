//! Signing in with a passkey, without a password.

use crate::{Accounts, Error, IssuedSession, PresentedPasskey, factors::passkeys::ProofUse, rate_limit::NetworkAction};
use std::net::IpAddr;
use usher_auth::opaque;
use usher_domain::MfaMethod;
use usher_persistence::{PasskeySignIn, PasskeySignInOutcome, RequestMetadata};
use uuid::Uuid;

impl Accounts {
    /// The user who has the passkey, if anybody has it.
    pub async fn owner_of_passkey(&self, presented: &PresentedPasskey) -> Result<Option<Uuid>, Error> {
        let rp_id = self.relying_party()?.id();
        Ok(self.database.owner_of_passkey(presented.credential_id(), rp_id).await?)
    }

    /// Begins a session of the passkey's owner, if the passkey is right and has verified its user.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`], whatever is wrong.
    pub async fn sign_in_with_passkey(
        &self,
        owner: Option<Uuid>,
        presented: &PresentedPasskey,
        address: Option<IpAddr>,
        metadata: &RequestMetadata,
    ) -> Result<IssuedSession, Error> {
        let prepared = self.prepare_passkey(presented, ProofUse::SignIn).map_err(|_| Error::InvalidCredentials)?;
        let Some(user) = owner else {
            let counters = self.counters_by_network(NetworkAction::Proof(MfaMethod::Passkey), address);
            self.record_attempt(&counters).await?;
            self.database.sign_in_refused(None, None, metadata).await?;
            return Err(Error::InvalidCredentials);
        };
        let attempt = self.record_proof(user, MfaMethod::Passkey, address, metadata).await?;
        let counters = attempt.as_ref().map(|attempt| &attempt.counters);
        let refresh_token = opaque::generate()?;
        let sign_in = PasskeySignIn {
            user,
            proof: prepared.stored(),
            refresh_token: &opaque::sha256(refresh_token.as_bytes()),
            counters,
            rules: self.sign_in_rules(),
        };
        let outcome = self.database.sign_in_with_passkey(&sign_in, metadata).await;
        if matches!(outcome, Err(_) | Ok(PasskeySignInOutcome::NotHeard)) {
            self.refund_proof(counters).await;
        }
        match outcome? {
            PasskeySignInOutcome::Begun(session) => Ok(IssuedSession::new(&session, refresh_token)),
            PasskeySignInOutcome::Refused | PasskeySignInOutcome::NotHeard => Err(Error::InvalidCredentials),
        }
    }
}

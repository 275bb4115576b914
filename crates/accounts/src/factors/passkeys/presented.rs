//! Passkeys that users send to prove who they are.

use super::{
    method_of,
    options::{expiry, second_step_context, sign_in_context},
    read,
};
use crate::{Accounts, Error};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::sync::Arc;
use usher_auth::{
    opaque,
    passkeys::{OpenedCeremony, PasskeyError, RelyingParty, RequestResponse, RequestState},
};
use usher_persistence::{Ceremony, Digest, PasskeyProof, PasskeyVerdict, VerifiedPasskey};
use uuid::Uuid;

/// The answer of a passkey, and the ceremony that it answers. It has the right form, and may be wrong.
#[derive(Debug, Clone)]
pub struct PresentedPasskey {
    ceremony: String,
    response: RequestResponse,
}

impl PresentedPasskey {
    /// Reads a credential in the JSON of the standard.
    pub fn parse(ceremony: &str, credential: &Value) -> Result<Self, PasskeyError> {
        Ok(Self { ceremony: ceremony.to_owned(), response: RequestResponse::parse(credential)? })
    }

    /// The same, from text.
    pub fn parse_text(ceremony: &str, credential: &str) -> Result<Self, PasskeyError> {
        let credential = serde_json::from_str(credential).map_err(|_| PasskeyError::Malformed("it is not in JSON"))?;
        Self::parse(ceremony, &credential)
    }

    pub(crate) fn credential_id(&self) -> &[u8] {
        self.response.credential_id()
    }
}

/// What a proof is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProofUse {
    /// To sign in without a password.
    SignIn,
    /// The second step of a user's sign-in, after the password.
    SecondStep(Uuid),
    /// To step up, in a session.
    StepUp { session: Uuid, with_password: bool },
}

impl ProofUse {
    /// Whether nothing else is proved.
    const fn is_alone(self) -> bool {
        matches!(self, Self::SignIn | Self::StepUp { with_password: false, .. })
    }
}

/// The ceremony that a proof answers.
enum CeremonyOfProof {
    Sealed { digest: Digest, expires_at: DateTime<Utc> },
    Stored { digest: Digest, session: Uuid },
}

/// A passkey's answer, as the database compares it with what is stored.
pub(crate) struct PreparedPasskey {
    ceremony: CeremonyOfProof,
    credential_id: Vec<u8>,
    relying_party: Arc<RelyingParty>,
    is_alone: bool,
    verify: Box<dyn Fn(Value, Option<Value>) -> PasskeyVerdict + Send + Sync>,
}

impl PreparedPasskey {
    pub(crate) fn stored(&self) -> PasskeyProof<'_> {
        PasskeyProof {
            ceremony: match &self.ceremony {
                CeremonyOfProof::Sealed { digest, expires_at } => Ceremony::Sealed { digest, expires_at: *expires_at },
                CeremonyOfProof::Stored { digest, session } => Ceremony::Stored { digest, session: *session },
            },
            credential_id: &self.credential_id,
            rp_id: self.relying_party.id(),
            is_alone: self.is_alone,
            verify: &self.verify,
        }
    }
}

impl Accounts {
    /// The answer of a passkey, as one for this use.
    ///
    /// # Errors
    /// [`Error::CeremonySpent`] if the ceremony is not for this use or has expired.
    pub(crate) fn prepare_passkey(
        &self,
        presented: &PresentedPasskey,
        proof_use: ProofUse,
    ) -> Result<PreparedPasskey, Error> {
        let relying_party = Arc::clone(self.relying_party().map_err(|_| Error::CeremonySpent)?);
        let PresentedPasskey { ceremony: token, response } = presented;
        let open = |context: &[u8]| {
            let now = self.keyring().now().timestamp();
            OpenedCeremony::open(self.keyring().secret(), context, token, now).ok_or(Error::CeremonySpent)
        };
        let sealed = |OpenedCeremony { state, expires_at, digest }| {
            (CeremonyOfProof::Sealed { digest, expires_at: expiry(expires_at) }, Some(state))
        };
        let (ceremony, sealed_state) = match proof_use {
            ProofUse::SignIn => sealed(open(&sign_in_context())?),
            ProofUse::SecondStep(user) => sealed(open(&second_step_context(user))?),
            ProofUse::StepUp { session, .. } => {
                let digest = opaque::digest(token).ok_or(Error::CeremonySpent)?;
                (CeremonyOfProof::Stored { digest, session }, None)
            }
        };
        let is_alone = proof_use.is_alone();
        let (verifier, response) = (Arc::clone(&relying_party), response.clone());
        let credential_id = response.credential_id().to_vec();
        let verify = Box::new(move |passkey: Value, stored_state: Option<Value>| {
            let state = match (&sealed_state, stored_state) {
                (Some(state), _) => Some(state.clone()),
                (None, Some(state)) => serde_json::from_value(state).ok(),
                (None, None) => None,
            };
            let Some(state) = state else { return PasskeyVerdict::Refused };
            verdict(&verifier, &state, &passkey, &response, is_alone)
        });
        Ok(PreparedPasskey { ceremony, credential_id, relying_party, is_alone, verify })
    }
}

fn verdict(
    relying_party: &RelyingParty,
    state: &RequestState,
    passkey: &Value,
    response: &RequestResponse,
    is_alone: bool,
) -> PasskeyVerdict {
    let Some(passkey) = read(passkey) else { return PasskeyVerdict::Refused };
    let mut assertion = match relying_party.finish_request(state, &passkey, response) {
        Ok(assertion) => assertion,
        Err(PasskeyError::SignCount { stored, received }) => {
            return PasskeyVerdict::CountRegressed { stored, received };
        }
        Err(error) => {
            tracing::debug!(%error, "a passkey was refused");
            return PasskeyVerdict::Refused;
        }
    };
    let is_two_factors = assertion.is_two_factors();
    if !is_alone && assertion.user_verified {
        // The password proves that it is the user whom the authenticator verifies.
        assertion.passkey.trust_user_verification();
    }
    match serde_json::to_value(&assertion.passkey) {
        Ok(credential) => {
            PasskeyVerdict::Verified(VerifiedPasskey { credential, method: method_of(&passkey), is_two_factors })
        }
        Err(error) => {
            tracing::error!(%error, "a passkey cannot be stored");
            PasskeyVerdict::Refused
        }
    }
}

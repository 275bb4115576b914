//! Verifies a proof by a credential (§7.2).

use super::{
    Passkey, PasskeyError, RelyingParty, RequestResponse, RequestState, UserVerification,
    authenticator_data::AuthenticatorData, public_key, text::Bytes,
};
use crate::opaque::sha256;

/// A verified proof that the user holds a passkey.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// The passkey as it must be stored from now on: with the new count and backup state.
    pub passkey: Passkey,
    /// Whether the authenticator verified the user.
    pub user_verified: bool,
}

impl Assertion {
    /// Whether this proves two factors: possession, and what the authenticator verified.
    pub fn is_two_factors(&self) -> bool {
        self.user_verified && self.passkey.verifies_user
    }
}

impl RelyingParty {
    /// Checks a proof against the options that it answers and the passkey that the caller has stored under its id.
    ///
    /// [`PasskeyError::SignCount`] comes only after the signature was found right, so that it is worth an audit entry.
    pub fn finish_request(
        &self,
        state: &RequestState,
        passkey: &Passkey,
        response: &RequestResponse,
    ) -> Result<Assertion, PasskeyError> {
        check_credential(state, passkey, response)?;
        self.check_client_data(&response.client_data, "webauthn.get", &state.challenge)?;
        let data = AuthenticatorData::parse(&response.authenticator_data)?;
        data.check(self, state.user_verification)?;
        if data.backup_eligible() != passkey.backup_eligible {
            return Err(PasskeyError::BackupEligibilityChanged);
        }
        let message = [response.authenticator_data.as_slice(), &sha256(&response.client_data)].concat();
        public_key::verify(&passkey.public_key.0, &message, &response.signature)?;
        let (stored, received) = (passkey.sign_count, data.sign_count);
        if (stored, received) != (0, 0) && received <= stored {
            return Err(PasskeyError::SignCount { stored, received });
        }
        if state.user_verification == UserVerification::Required && !passkey.verifies_user {
            return Err(PasskeyError::UserVerificationNotTrusted);
        }
        Ok(Assertion {
            user_verified: data.user_verified(),
            passkey: Passkey { sign_count: received, backup_state: data.backup_state(), ..passkey.clone() },
        })
    }
}

/// The credential is one that was asked for, and of the user whom it claims to be of (§7.2 steps 5 and 6).
fn check_credential(state: &RequestState, passkey: &Passkey, response: &RequestResponse) -> Result<(), PasskeyError> {
    let is_allowed = match &state.allowed {
        Some(allowed) => allowed.contains(&Bytes(response.credential_id.clone())),
        None => true,
    };
    if !is_allowed || response.credential_id != passkey.credential_id.0 {
        return Err(PasskeyError::NotRequested);
    }
    match &response.user_handle {
        Some(handle) if *handle == passkey.user_handle.0 => Ok(()),
        None if state.allowed.is_some() => Ok(()),
        Some(_) | None => Err(PasskeyError::WrongUser),
    }
}

//! Registers a new credential (§7.1).

use super::{
    CreationResponse, CreationState, Passkey, PasskeyError, RelyingParty,
    authenticator_data::{self, AuthenticatorData},
    public_key,
    text::Bytes,
};

impl RelyingParty {
    /// Checks a new credential against the options that it answers. The caller ensures that no user has one with this id (§7.1
    /// step 26).
    pub fn finish_creation(&self, state: &CreationState, response: CreationResponse) -> Result<Passkey, PasskeyError> {
        self.check_client_data(&response.client_data, "webauthn.create", &state.challenge)?;
        let data = authenticator_data::in_attestation_object(&response.attestation_object)?;
        let data = AuthenticatorData::parse(&data)?;
        data.check(self, state.user_verification)?;
        let credential =
            data.credential.as_ref().ok_or(PasskeyError::Malformed("the authenticator data has no credential"))?;
        if credential.id != response.credential_id {
            return Err(PasskeyError::Malformed("its id is not the one in the authenticator data"));
        }
        let credential_id = Bytes(response.credential_id);
        if state.existing.contains(&credential_id) {
            return Err(PasskeyError::AlreadyRegistered);
        }
        public_key::parse(credential.public_key)?;
        Ok(Passkey {
            credential_id,
            user_handle: state.user_handle.clone(),
            public_key: Bytes(credential.public_key.to_vec()),
            sign_count: data.sign_count,
            backup_eligible: data.backup_eligible(),
            backup_state: data.backup_state(),
            verifies_user: data.user_verified(),
            transports: response.transports,
        })
    }
}

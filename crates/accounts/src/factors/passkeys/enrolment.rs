//! Enrolling a passkey: the credential that answers the options.

use super::{
    super::{AddedFactor, recovery_codes::RecoveryCodes},
    UNREADABLE, method_of,
};
use crate::{Accounts, Error, rate_limit::UserAction};
use serde_json::Value;
use usher_auth::{
    opaque,
    passkeys::{CreationResponse, PasskeyError},
};
use usher_domain::FactorName;
use usher_persistence::{Enrolment, NewPasskey, PasskeyEnrolled, WriteRequest};
use uuid::Uuid;

impl Accounts {
    /// Makes the passkey a factor that `credential` contains, in the JSON of the standard.
    ///
    /// # Errors
    /// [`Error::CeremonySpent`], or [`Error::InvalidCredential`]. Whether a credential is another user's is not revealed.
    pub async fn enrol_passkey(
        &self,
        request: &WriteRequest,
        user_id: Uuid,
        ceremony: &str,
        credential: &Value,
        name: Option<&FactorName>,
    ) -> Result<AddedFactor, Error> {
        let relying_party = self.relying_party()?;
        let response = CreationResponse::parse(credential).map_err(Error::InvalidCredential)?;
        let enrolment = Enrolment {
            user_id,
            support: self.factor_support(),
            rp_id: relying_party.id(),
            ceremony: &opaque::digest(ceremony).ok_or(Error::CeremonySpent)?,
            counters: &self.counters_by_user(UserAction::AccountChange, user_id),
        };
        let name = name.cloned().unwrap_or_else(|| FactorName::stored(FactorName::PASSKEY.to_owned()));
        let codes = RecoveryCodes::generate(self.keyring().secret(), user_id)?;
        let verify = |state: Value| {
            let state = serde_json::from_value(state).map_err(|_| UNREADABLE)?;
            let passkey = relying_party.finish_creation(&state, response.clone())?;
            Ok(NewPasskey {
                credential_id: passkey.credential_id().to_vec(),
                credential: serde_json::to_value(&passkey).map_err(|_| UNREADABLE)?,
                method: method_of(&passkey),
            })
        };
        match self.database.enrol_passkey(request, enrolment, &name, &codes.digests, verify).await? {
            PasskeyEnrolled::Enrolled(enrolled) => Ok(AddedFactor::with(codes, *enrolled)),
            PasskeyEnrolled::CeremonySpent => Err(Error::CeremonySpent),
            PasskeyEnrolled::Refused(error) => Err(Error::InvalidCredential(error)),
            PasskeyEnrolled::Taken => Err(Error::InvalidCredential(PasskeyError::AlreadyRegistered)),
        }
    }
}
